import assert from 'node:assert/strict';
import { integral } from '../test-support/integral';
import { near } from '../test-support/near';
import { levelOf, trainedAt } from '../test-support/trained-at';
import { refuse, walk } from '../test-support/walk';
import { readFields } from './config';
import { DpmSinglestepScheduler } from './dpm-singlestep';

/** Walked down, to the last. */
const SIGMAS = [8, 5, 3, 2, 1.2, 0.8, 0.5];
const STEPS = SIGMAS.length - 1;
const LEVELS = SIGMAS.map(levelOf);
const dpm = (fields: object = {}, sigmas: readonly number[] = SIGMAS) =>
  new DpmSinglestepScheduler(readFields('DPMSolverSinglestepScheduler', { ...trainedAt(...sigmas.toReversed()), final_sigmas_type: 'sigma_min', prediction_type: 'sample', ...fields }), sigmas.length - 1, 0);
/** The latents at one level from x at another, where x₀ is a function of λ (2211.01095, eq. 8). */
const exactly = (x: number, i: number, j: number, x0: (lambda: number) => number) => {
  const [from, to] = [LEVELS[i]!, LEVELS[j]!];
  return to.noise * (x / from.noise + integral((lambda) => Math.exp(lambda) * x0(lambda), from.lambda, to.lambda));
};
const exactlyByNoise = (x: number, i: number, j: number, epsilon: (lambda: number) => number) => {
  const [from, to] = [LEVELS[i]!, LEVELS[j]!];
  return to.signal * (x / from.signal - integral((lambda) => Math.exp(-lambda) * epsilon(lambda), from.lambda, to.lambda));
};
const curves = [() => 2, (lambda: number) => 2 - 3 * lambda, (lambda: number) => 1 - lambda + 2 * lambda ** 2];
/** The latents after each call; every call but those that begin a group is given latents that it must not look at. */
function walked(scheduler: DpmSinglestepScheduler, said: (lambda: number) => number, size: number): number[] {
  return LEVELS.slice(0, -1).map(({ lambda }, i) => scheduler.step({ modelOutput: Float32Array.of(said(lambda)), i, sample: Float32Array.of(i % size === 0 ? 1.5 : 777), noise: refuse })[0]!);
}
/** How many levels back each call of a run starts, found by what the latents of each call are worth to it. */
function startsOf(scheduler: () => DpmSinglestepScheduler): number[] {
  const after = (call: number, changed: number) => {
    const walker = scheduler();
    let next = 0;
    for (let i = 0; i <= call; i++) next = walker.step({ modelOutput: Float32Array.of(i), i, sample: Float32Array.of(i === changed ? 50 : 1), noise: refuse })[0]!;
    return next;
  };
  return scheduler().timesteps.map((_, call) => Array.from({ length: call + 1 }, (_, back) => back).find((back) => after(call, call - back) !== after(call, -1)) ?? -1);
}

describe('DPM-Solver as a singlestep method', () => {
  for (const [order, solver_type, exact] of [[1, 'midpoint', 0], [2, 'heun', 1], [3, 'heun', 2], [3, 'midpoint', 1]] as const) {
    it(`of order ${order} (${solver_type}) is exact for outputs of degree ${exact} in λ, from the start of its group`, () => {
      const fields = { solver_order: order, solver_type };
      for (const curve of curves.slice(0, exact + 1)) {
        const [x0s, noises] = [walked(dpm(fields), curve, order), walked(dpm({ ...fields, algorithm_type: 'dpmsolver', prediction_type: 'epsilon' }), curve, order)];
        for (let end = order; end <= STEPS; end += order) {
          near(Float32Array.of(x0s[end - 1]!, noises[end - 1]!), [exactly(1.5, end - order, end, curve), exactlyByNoise(1.5, end - order, end, curve)], 5e-5);
        }
      }
    });
  }

  it('of order 2 by the midpoint rule takes the slope for half of the step', () => {
    const [from, middle, to] = LEVELS as [typeof LEVELS[0], typeof LEVELS[0], typeof LEVELS[0]];
    const [, next] = walked(dpm({ solver_order: 2 }), (lambda) => (lambda === from.lambda ? 2 : 5), 2);
    // x₀ where half of the step is over, by the line through both outputs.
    const [h, r] = [to.lambda - from.lambda, (middle.lambda - from.lambda) / (to.lambda - from.lambda)];
    near(Float32Array.of(next!), [(to.noise / from.noise) * 1.5 + to.signal * (1 - Math.exp(-h)) * (2 + 3 / (2 * r))], 1e-5);
  });

  it('goes in groups, shorter ones at the end', () => {
    const starts = (fields: object, sigmas = SIGMAS) => startsOf(() => dpm(fields, sigmas));
    assert.deepEqual(starts({ solver_order: 3 }), [0, 1, 2, 0, 1, 2]);
    assert.deepEqual(starts({ solver_order: 2 }), [0, 1, 0, 1, 0, 1]);
    assert.deepEqual(starts({ solver_order: 3, lower_order_final: true }), [0, 1, 2, 0, 1, 0]);
    assert.deepEqual(starts({ solver_order: 2, lower_order_final: true }), [0, 1, 0, 1, 0, 0]);
    assert.deepEqual(starts({ solver_order: 3 }, SIGMAS.slice(1)), [0, 1, 2, 0, 1], 'five steps');
    assert.deepEqual(starts({ solver_order: 1, lower_order_final: true }), [0, 0, 0, 0, 0, 0]);
    assert.equal(starts({ solver_order: 3, final_sigmas_type: 'zero' }, SIGMAS.slice(1)).length, 5);
  });

  it('ends at x₀ where no noise is left', () => {
    for (const solver_order of [1, 2, 3]) {
      for (const sigmas of [SIGMAS, SIGMAS.slice(1)]) near(walk(dpm({ solver_order, final_sigmas_type: 'zero' }, sigmas), Float32Array.of(9), (_, i) => Float32Array.of(i)), [sigmas.length - 2], 1e-6);
    }
  });

  it('as an SDE keeps the noise of its group’s start at its level', () => {
    const [x0, epsilon, fresh] = [2, -0.5, 3];
    const scheduler = dpm({ algorithm_type: 'sde-dpmsolver++' });
    const sample = Float32Array.of(LEVELS[0]!.signal * x0 + LEVELS[0]!.noise * epsilon);
    for (const [i, end] of [[0, 1], [1, 2]] as const) {
      const kept = SIGMAS[end]! / SIGMAS[0]!;
      const { signal, noise } = LEVELS[end]!;
      near(scheduler.step({ modelOutput: Float32Array.of(x0), i, sample: i === 0 ? sample : Float32Array.of(777), noise: () => Float32Array.of(fresh) }), [signal * x0 + noise * (kept * epsilon + Math.sqrt(1 - kept ** 2) * fresh)], 1e-5);
    }
  });

  it('walks a flow down to the first level of a diffusion model, as diffusers does', () => {
    const [x0, epsilon] = [2, -0.5];
    const flow = new DpmSinglestepScheduler(readFields('DPMSolverSinglestepScheduler', { use_flow_sigmas: true, prediction_type: 'flow_prediction', final_sigmas_type: 'sigma_min' }), 2, 0);
    const start = flow.addNoise(Float32Array.of(x0), Float32Array.of(epsilon), 0);
    const lowest = Math.sqrt(1e-4 / (1 - 1e-4)); // β is 1e-4 there
    near(walk(flow, start, () => Float32Array.of(epsilon - x0)), [(1 - lowest) * x0 + lowest * epsilon], 1e-5);
  });

  it('is refused what has no end, or a variance of its own', () => {
    assert.throws(() => dpm({ algorithm_type: 'dpmsolver', final_sigmas_type: 'zero' }), { name: 'SchedulerError', message: 'algorithm_type "dpmsolver" cannot end at noise level 0; set final_sigmas_type to "sigma_min" or use the sampler DPM++ 2S' });
    assert.throws(() => dpm({ variance_type: 'learned' }), /^SchedulerError: models that also predict their variance/);
  });
});
