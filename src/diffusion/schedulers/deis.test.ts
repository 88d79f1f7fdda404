import assert from 'node:assert/strict';
import { integral } from '../test-support/integral';
import { near } from '../test-support/near';
import { levelOf, trainedAt } from '../test-support/trained-at';
import { looksBack, refuse, walk } from '../test-support/walk';
import { readFields } from './config';
import { DeisScheduler } from './deis';

/** Walked down, to the last. */
const SIGMAS = [8, 5, 3, 2, 1.2, 0.8, 0.5];
const STEPS = SIGMAS.length - 1;
const deis = (fields: object = {}) => new DeisScheduler(readFields('DEISMultistepScheduler', { ...trainedAt(...SIGMAS.toReversed()), lower_order_final: false, ...fields }), STEPS, 0);
/** The latents after step i from x, where ε is a function of ρ = σ/α: x′/α′ = x/α + ∫ ε dρ. */
const exactly = (x: number, i: number, epsilon: (rho: number) => number) => {
  const [from, to] = [SIGMAS[i]!, SIGMAS[i + 1]!];
  return levelOf(to).signal * (x / levelOf(from).signal + integral(epsilon, from, to));
};

describe('DEIS', () => {
  const CURVES: readonly ((rho: number) => number)[] = [() => 2, (rho) => 2 - 3 * Math.log(rho), (rho) => 1 - Math.log(rho) + 2 * Math.log(rho) ** 2];
  for (const [k, curve] of CURVES.entries()) {
    it(`of order ${k + 1} is exact for ε of degree ${k} in log ρ`, () => {
      const scheduler = deis({ solver_order: k + 1 });
      for (let i = 0; i < STEPS; i++) {
        const next = scheduler.step({ modelOutput: Float32Array.of(curve(SIGMAS[i]!)), i, sample: Float32Array.of(1.5), noise: refuse });
        if (i >= k) near(next, [exactly(1.5, i, curve)], 2e-5);
      }
    });
  }

  it('comes down to lower orders at the end of a short run', () => {
    // The last two steps are of order 2 and 1 and look back no further.
    const back = (fields: object) => [3, 4, 5].map((i) => looksBack(() => deis({ solver_order: 3, ...fields }), i));
    assert.deepEqual(back({}), [[0, 1, 2], [0, 1, 2], [0, 1, 2]]);
    assert.deepEqual(back({ lower_order_final: true }), [[0, 1, 2], [0, 1], [0]]);
  });

  it('ends at the lowest level, its own or its shape’s, with the noise of a model that is certain of it', () => {
    const [x0, epsilon] = [2, -0.5];
    const at = (sigma: number) => levelOf(sigma).signal * x0 + levelOf(sigma).noise * epsilon;
    near(walk(deis({ solver_order: 3, final_sigmas_type: 'zero' }), Float32Array.of(at(8)), () => Float32Array.of(epsilon)), [at(0.5)], 1e-5);
    const shaped = { use_exponential_sigmas: true, sigma_max: 8, sigma_min: 0.7 };
    near(walk(deis(shaped), Float32Array.of(at(8)), () => Float32Array.of(epsilon)), [at(0.7)], 1e-5);
  });

  it('walks a flow down to its lowest level', () => {
    const [x0, epsilon] = [2, -0.5];
    const flow = new DeisScheduler(readFields('DEISMultistepScheduler', { use_flow_sigmas: true, prediction_type: 'flow_prediction' }), 2, 0);
    const start = flow.addNoise(Float32Array.of(x0), Float32Array.of(epsilon), 0); // levels 0.999 and 0.4995
    near(walk(flow, start, () => Float32Array.of(epsilon - x0)), [0.5005 * x0 + 0.4995 * epsilon], 1e-5);
  });
});
