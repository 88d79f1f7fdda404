import assert from 'node:assert/strict';
import { integral } from '../test-support/integral';
import { near } from '../test-support/near';
import { levelOf, trainedAt } from '../test-support/trained-at';
import { refuse, walk } from '../test-support/walk';
import { readFields } from './config';
import { UniPcScheduler } from './unipc';

/** Walked down, to the last. */
const SIGMAS = [8, 5, 3, 2, 1.2, 0.8, 0.5];
const STEPS = SIGMAS.length - 1;
const LEVELS = SIGMAS.map(levelOf);
const WITHOUT = { disable_corrector: [0, 1, 2, 3, 4, 5] };
const unipc = (fields: object = {}) => new UniPcScheduler(
  readFields('UniPCMultistepScheduler', { ...trainedAt(...SIGMAS.toReversed()), final_sigmas_type: 'sigma_min', prediction_type: 'sample', lower_order_final: false, ...fields }), STEPS, 0);
const BY_NOISE = { predict_x0: false, prediction_type: 'epsilon' };
type Curve = (lambda: number) => number;
/** The latents after step i from x, where the output is a function of λ: x₀ (2211.01095, eq. 8) or ε (2206.00927, prop. 3.1). */
function exactly(x: number, i: number, curve: Curve, byNoise = false): number {
  const [from, to] = [LEVELS[i]!, LEVELS[i + 1]!];
  return byNoise
    ? to.signal * (x / from.signal - integral((lambda) => Math.exp(-lambda) * curve(lambda), from.lambda, to.lambda))
    : to.noise * (x / from.noise + integral((lambda) => Math.exp(lambda) * curve(lambda), from.lambda, to.lambda));
}
const step = (scheduler: UniPcScheduler, curve: Curve, i: number, x: number) =>
  scheduler.step({ modelOutput: Float32Array.of(curve(LEVELS[i]!.lambda)), i, sample: Float32Array.of(x), noise: refuse })[0]!;
const parabola: Curve = (lambda) => 1 - lambda + 2 * lambda ** 2;

describe('UniPC', () => {
  for (const solver_type of ['bh1', 'bh2']) {
    it(`predicts exactly by three outputs that are quadratic in λ (${solver_type})`, () => {
      for (const more of [{}, BY_NOISE]) {
        const scheduler = unipc({ ...WITHOUT, ...more, solver_type, solver_order: 3 });
        const walked = LEVELS.slice(0, -1).map((_, i) => step(scheduler, parabola, i, 1.5));
        for (let i = 2; i < STEPS; i++) near(Float32Array.of(walked[i]!), [exactly(1.5, i, parabola, more === BY_NOISE)], 5e-5);
      }
    });

    it(`corrects the last step exactly by an output that makes it quadratic (${solver_type})`, () => {
      for (const more of [{}, BY_NOISE]) {
        // The latents of call 1 stand; those of call 2 come from them again, whatever it is given, and so on.
        const scheduler = unipc({ ...more, solver_type, solver_order: 3, disable_corrector: [0] });
        for (const i of [0, 1]) step(scheduler, parabola, i, 1.5);
        let exact = 1.5;
        for (let i = 2; i < STEPS; i++) {
          exact = exactly(exact, i - 1, parabola, more === BY_NOISE);
          near(Float32Array.of(step(scheduler, parabola, i, 777)), [exactly(exact, i, parabola, more === BY_NOISE)], 1e-4);
        }
      }
    });

    it(`takes half of B(h) where two outputs say no more (${solver_type})`, () => {
      const scheduler = unipc({ ...WITHOUT, solver_type });
      step(scheduler, () => 2, 0, 1.5);
      const [before, from, to] = LEVELS as [typeof LEVELS[0], typeof LEVELS[0], typeof LEVELS[0]];
      const h = to.lambda - from.lambda;
      const b = solver_type === 'bh1' ? -h : Math.exp(-h) - 1;
      // x′ = σ′/σ x − α′ (e^−h − 1) x₀ − α′ B D/2 with D the slope of x₀ in units of h.
      const slope = ((5 - 2) * h) / (from.lambda - before.lambda);
      near(Float32Array.of(step(scheduler, () => 5, 1, 1.5)), [(to.noise / from.noise) * 1.5 - to.signal * (Math.exp(-h) - 1) * 5 - (to.signal * b * slope) / 2], 1e-5);
    });
  }

  it('corrects a first step by the mean of both outputs, unless it is told not to', () => {
    const said = (i: number) => () => [2, 5][i]!;
    const [first, second] = [unipc({ solver_order: 1 }), unipc({ solver_order: 1, disable_corrector: [0] })];
    const predicted = step(first, said(0), 0, 1.5);
    step(second, said(0), 0, 1.5);
    near(Float32Array.of(predicted), [exactly(1.5, 0, () => 2)], 1e-5);
    near(Float32Array.of(step(first, said(1), 1, predicted)), [exactly(exactly(1.5, 0, () => 3.5), 1, () => 5)], 1e-5);
    near(Float32Array.of(step(second, said(1), 1, predicted)), [exactly(predicted, 1, () => 5)], 1e-5);
  });

  it('ends at x₀ where no noise is left, by lower orders', () => {
    const zero = unipc({ solver_order: 3, lower_order_final: true, final_sigmas_type: 'zero' });
    near(walk(zero, Float32Array.of(9), (_, i) => Float32Array.of(i)), [5], 1e-6);
  });

  it('walks a flow down to the last level that the file wants, and no diffusion model', () => {
    assert.throws(() => unipc({ shift_terminal: 0.1 }), { name: 'SchedulerError', message: 'scheduler_config.json: shift_terminal needs use_flow_sigmas; remove one of them' });
    const flow = (fields: object) => new UniPcScheduler(readFields('UniPCMultistepScheduler', { use_flow_sigmas: true, prediction_type: 'flow_prediction', ...fields }), 2, 0);
    // 1 and 0.5005, the first a millionth short of pure noise, where λ would have no end.
    assert.deepEqual(flow({}).timesteps, [999, 500]);
    const [left] = flow({}).addNoise(Float32Array.of(1e6), Float32Array.of(0), 0);
    assert.ok(Math.abs(left! - 1) < 0.05, `${left}`); // float32 has steps of 6e-8 there
    const tail = (scheduler: UniPcScheduler) => scheduler.addNoise(Float32Array.of(0), Float32Array.of(1), 1);
    near(tail(flow({})), [0.5005], 1e-6);
    near(tail(flow({ flow_shift: 3 })), [(3 * 0.5005) / (1 + 2 * 0.5005)], 1e-6);
    near(tail(flow({ shift_terminal: 0.1 })), [0.1], 1e-6);
    const [x0, epsilon] = [2, -0.5];
    const walked = walk(flow({ final_sigmas_type: 'sigma_min' }), Float32Array.of(epsilon), () => Float32Array.of(epsilon - x0));
    near(walked, [0.4995 * x0 + 0.5005 * epsilon], 1e-5); // it stays where it is
    // Karras' levels are made of σ = √((1 − ᾱ)/ᾱ), here 8 and 1, and become σ/(σ + 1).
    const karras = new UniPcScheduler(readFields('UniPCMultistepScheduler', { ...trainedAt(1, 8), use_flow_sigmas: true, prediction_type: 'flow_prediction', use_karras_sigmas: true }), 2, 0);
    near(Float32Array.of(karras.addNoise(Float32Array.of(0), Float32Array.of(1), 0)[0]!, tail(karras)[0]!), [8 / 9, 1 / 2], 1e-6);
  });
});
