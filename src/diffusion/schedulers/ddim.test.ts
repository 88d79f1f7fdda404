import assert from 'node:assert/strict';
import { near } from '../test-support/near';
import { levelOf, trainedAt } from '../test-support/trained-at';
import { refuse, walk } from '../test-support/walk';
import { readFields } from './config';
import { DdimScheduler } from './ddim';

/** Signal and noise 0.8 and 0.6, then 0.6 and 0.8. */
const TABLE = { ...trainedAt(0.75, 4 / 3), clip_sample: false };
const ddim = (fields: object = {}, eta = 0, steps = 2) => new DdimScheduler(readFields('DDIMScheduler', { ...TABLE, ...fields }), steps, 0, eta);
const [x0, noise] = [Float32Array.of(2, -3), Float32Array.of(0.5, 1)];
const at = (signal: number, amount: number) => x0.map((value, k) => signal * value + amount * noise[k]!);

describe('DDIM', () => {
  it('keeps x₀ and ε, and mixes them as the next level has them', () => {
    near(ddim().step({ modelOutput: noise, i: 0, sample: at(0.6, 0.8), noise: refuse }), at(0.8, 0.6), 1e-6);
    near(walk(ddim(), at(0.6, 0.8), () => noise), x0, 1e-5);
    near(walk(ddim({ prediction_type: 'sample' }), at(0.6, 0.8), () => x0), x0, 1e-6);
    near(walk(ddim({ set_alpha_to_one: false }), at(0.6, 0.8), () => noise), at(0.8, 0.6), 1e-5); // the first level again
  });

  it('with η gives a part of the noise for fresh noise', () => {
    const fresh = Float32Array.of(-2, 4);
    for (const eta of [1, 0.5]) {
      // β̃ = 0.36/0.64 · (1 − 0.36/0.64), of a variance of 0.36 in all.
      const added = eta ** 2 * 0.5625 * 0.4375;
      const expected = at(0.8, Math.sqrt(0.36 - added)).map((value, k) => value + Math.sqrt(added) * fresh[k]!);
      near(ddim({}, eta).step({ modelOutput: noise, i: 0, sample: at(0.6, 0.8), noise: () => fresh }), expected, 1e-6);
    }
    near(ddim({}, 1).step({ modelOutput: noise, i: 1, sample: at(0.8, 0.6), noise: () => fresh }), x0, 1e-6);
  });

  it('steps as many timesteps further as a step has, wherever it is', () => {
    const wide = { ...trainedAt(0.5, 1, 2, 3, 4, 5, 6), timestep_spacing: 'trailing' }; // 7/3 apart: 6, 4, 1, and each step is of 2
    const { timesteps } = ddim(wide, 0, 3);
    assert.deepEqual(timesteps, [6, 4, 1]);
    const [four, two] = [levelOf(4), levelOf(2)];
    near(ddim(wide, 0, 3).step({ modelOutput: noise, i: 1, sample: at(four.signal, four.noise), noise: refuse }), at(two.signal, two.noise), 1e-5);
  });

  it('limits x₀ but not ε', () => {
    near(ddim({ clip_sample: true, clip_sample_range: 1.5 }).step({ modelOutput: noise, i: 0, sample: at(0.6, 0.8), noise: refuse }), [0.8 * 1.5 + 0.6 * 0.5, -0.8 * 1.5 + 0.6], 1e-6);
  });

  it('is linear where it neither limits nor adds noise', () => {
    assert.deepEqual([ddim(), ddim({}, 0.1), ddim({ clip_sample: true }), ddim({ thresholding: true })].map((scheduler) => scheduler.isLinear), [true, false, false, false]);
    assert.throws(() => ddim({ prediction_type: 'flow_prediction' }), /DDIMScheduler cannot walk/);
  });

  it('of pure noise with η = 1 and zero terminal SNR is finite', () => {
    const dark = ddim({ rescale_betas_zero_snr: true, prediction_type: 'v_prediction' }, 1);
    const next = dark.step({ modelOutput: x0.map((value) => -value), i: 0, sample: noise, noise: () => noise });
    near(next, at(0.8, 0.6), 1e-6); // nothing of the old noise, all of the fresh
  });
});
