import assert from 'node:assert/strict';
import { integral } from '../test-support/integral';
import { near } from '../test-support/near';
import { levelOf, trainedAt } from '../test-support/trained-at';
import { GAUSSIAN_WALK, gaussianSigma, looksBack, orderOf, refuse, walk } from '../test-support/walk';
import { readFields } from './config';
import { DpmMultistepScheduler } from './dpm-multistep';

/** Walked down, to the last. */
const SIGMAS = [8, 5, 3, 2, 1.2, 0.8, 0.5];
const STEPS = SIGMAS.length - 1;
const LEVELS = SIGMAS.map(levelOf);
const dpm = (fields: object = {}, steps = STEPS) =>
  new DpmMultistepScheduler(readFields('DPMSolverMultistepScheduler', { ...trainedAt(...SIGMAS.toReversed()), final_sigmas_type: 'sigma_min', lower_order_final: false, ...fields }), steps, 0);
/** The latents after step i from x, where x₀ is a function of λ (2211.01095, eq. 8): x′/σ′ = x/σ + ∫ e^λ x₀ dλ. */
const exactly = (x: number, i: number, x0: (lambda: number) => number) => {
  const [from, to] = [LEVELS[i]!, LEVELS[i + 1]!];
  return to.noise * (x / from.noise + integral((lambda) => Math.exp(lambda) * x0(lambda), from.lambda, to.lambda));
};
/** The same where ε is one (2206.00927, prop. 3.1): x′/α′ = x/α − ∫ e^−λ ε dλ. */
const exactlyByNoise = (x: number, i: number, epsilon: (lambda: number) => number) => {
  const [from, to] = [LEVELS[i]!, LEVELS[i + 1]!];
  return to.signal * (x / from.signal - integral((lambda) => Math.exp(-lambda) * epsilon(lambda), from.lambda, to.lambda));
};
/** The latents after each step from 1.5. */
const steps = (scheduler: DpmMultistepScheduler, said: (lambda: number) => number) =>
  LEVELS.slice(0, -1).map(({ lambda }, i) => scheduler.step({ modelOutput: Float32Array.of(said(lambda)), i, sample: Float32Array.of(1.5), noise: refuse })[0]!);
const line = (lambda: number) => 2 - 3 * lambda;

describe('DPM-Solver as a multistep method', () => {
  for (const [solver_order, solver_type] of [[2, 'heun'], [3, 'heun'], [3, 'midpoint']] as const) {
    it(`of order ${solver_order} (${solver_type}) is exact for outputs linear in λ`, () => {
      const x0s = steps(dpm({ solver_order, solver_type, prediction_type: 'sample' }), line);
      const noises = steps(dpm({ solver_order, solver_type, algorithm_type: 'dpmsolver' }), line);
      for (let i = solver_order - 1; i < STEPS; i++) near(Float32Array.of(x0s[i]!, noises[i]!), [exactly(1.5, i, line), exactlyByNoise(1.5, i, line)], 2e-5);
    });
  }

  it('of order 3 counts half of a curvature, as the authors’ code and diffusers do', () => {
    const curve = (lambda: number) => 1 - lambda + 2 * lambda ** 2;
    const walked = steps(dpm({ solver_order: 3, prediction_type: 'sample' }), curve);
    for (let i = 2; i < STEPS; i++) {
      const { lambda } = LEVELS[i]!;
      near(Float32Array.of(walked[i]!), [exactly(1.5, i, (at) => curve(lambda) + (4 * lambda - 1) * (at - lambda) + (at - lambda) ** 2)], 2e-5);
    }
  });

  for (const solver_type of ['midpoint', 'heun']) {
    it(`2M (${solver_type}) is of second order`, () => {
      const order = orderOf((count) => {
        const scheduler = dpm({ ...GAUSSIAN_WALK, prediction_type: 'sample', solver_type }, count + 1);
        const signal = (part: number) => levelOf(gaussianSigma(part)).signal;
        // In latents α (x₀ + σ ε), whose best x₀ is α x.
        return walk(scheduler, Float32Array.of(10 * signal(0)), (sample, i) => sample.map((x) => signal(i / count) * x), count)[0]! / signal(1);
      });
      assert.ok(Math.abs(order - 2) < 0.25, `${order}`);
    });
  }

  it('as an SDE keeps the noise at its level, of which it forgets e^−h', () => {
    const [x0, epsilon, fresh] = [2, -0.5, 3];
    for (const i of [0, 3]) {
      const [from, to] = [LEVELS[i]!, LEVELS[i + 1]!];
      const scheduler = dpm({ algorithm_type: 'sde-dpmsolver++', prediction_type: 'sample' });
      const sample = Float32Array.of(from.signal * x0 + from.noise * epsilon);
      const kept = SIGMAS[i + 1]! / SIGMAS[i]!;
      near(scheduler.step({ modelOutput: Float32Array.of(x0), i, sample, noise: () => Float32Array.of(fresh) }), [to.signal * x0 + to.noise * (kept * epsilon + Math.sqrt(1 - kept ** 2) * fresh)], 1e-5);
    }
  });

  it('comes down to lower orders at the end', () => {
    /** How many outputs count at the last three steps. */
    const counted = (fields: object) => [3, 4, 5].map((i) => looksBack(() => dpm({ solver_order: 3, ...fields }), i).length);
    assert.deepEqual(counted({}), [3, 3, 3]);
    assert.deepEqual(counted({ lower_order_final: true }), [3, 2, 1]);
    assert.deepEqual(counted({ euler_at_final: true }), [3, 3, 1]);
    assert.deepEqual(counted({ final_sigmas_type: 'zero' }), [3, 3, 1]);
    near(walk(dpm({ final_sigmas_type: 'zero', prediction_type: 'sample' }), Float32Array.of(9), () => Float32Array.of(2)), [2], 1e-6);
  });

  it('is refused what has no end, or a variance of its own', () => {
    for (const algorithm_type of ['dpmsolver', 'sde-dpmsolver']) {
      assert.throws(() => dpm({ algorithm_type, final_sigmas_type: 'zero' }), { name: 'SchedulerError', message: `algorithm_type "${algorithm_type}" cannot end at noise level 0; set final_sigmas_type to "sigma_min" or use the sampler DPM++ 2M` });
    }
    assert.throws(() => dpm({ variance_type: 'learned_range' }), /^SchedulerError: models that also predict their variance/);
  });
});
