import assert from 'node:assert/strict';
import { near } from '../test-support/near';
import { trainedAt } from '../test-support/trained-at';
import { GAUSSIAN_WALK, gaussianSigma, orderOf, walk } from '../test-support/walk';
import { readFields } from './config';
import { Kdpm2AncestralScheduler, Kdpm2Scheduler } from './kdpm2';

const config = (fields: object = {}) => readFields('KDPM2DiscreteScheduler', { ...trainedAt(1, 4), ...fields });
const dpm2 = (fields: object = {}, steps = 2) => new Kdpm2Scheduler(config(fields), steps, 0);
const ancestral = () => new Kdpm2AncestralScheduler(config(), 2, 0);

describe('DPM2', () => {
  it('looks at the geometric mean of two levels and walks with the slope there', () => {
    const answer = (_: Float32Array, i: number) => Float32Array.of([3, 5, 10][i]!);
    assert.deepEqual([dpm2().order, ancestral().order], [2, 2]);
    near(Float32Array.from(dpm2().timesteps), [1, 0.5, 0], 1e-6); // σ 4, 2, 1, 0
    near(dpm2().scaleModelInput(Float32Array.of(Math.sqrt(5)), 1), [1], 1e-6);
    near(walk(dpm2(), Float32Array.of(1), answer, 1), [1 - 2 * 3], 1e-6);
    near(walk(dpm2(), Float32Array.of(1), answer, 2), [1 - 3 * 5], 1e-5);
    near(walk(dpm2(), Float32Array.of(1), answer), [1 - 15 - 10], 1e-5); // straight to the end
  });

  it('is of second order', () => {
    const order = orderOf((steps) => {
      const sigmaAt = (i: number) => gaussianSigma(i / 2 / steps);
      return walk(dpm2(GAUSSIAN_WALK, steps + 1), Float32Array.of(10), (sample, i) => sample.map((x) => (x * sigmaAt(i)) / (1 + sigmaAt(i) ** 2)), 2 * steps)[0]!;
    });
    assert.ok(Math.abs(order - 2) < 0.15, `${order}`);
  });

  it('rounds the timesteps of Karras’ levels, but not those between them', () => {
    const { timesteps } = dpm2({ ...trainedAt(1, 4, 16, 64, 256), use_karras_sigmas: true }, 3);
    const middle = ((1 + 256 ** (1 / 7)) / 2) ** 7;
    const exact = [4, (4 + Math.log(middle) / Math.log(4)) / 2, Math.round(Math.log(middle) / Math.log(4)), Math.log(middle) / Math.log(4) / 2, 0];
    near(Float32Array.from(timesteps), exact, 1e-5);
  });

  it('with noise goes down to σ′²/σ, looking halfway there', () => {
    const answer = (_: Float32Array, i: number) => Float32Array.of([3, 5, 10][i]!);
    near(Float32Array.from(ancestral().timesteps), [1, 0, 0], 1e-6); // from 4 to 1²/4, by 1
    near(walk(ancestral(), Float32Array.of(1), answer, 1), [1 - 3 * 3], 1e-6);
    const scheduler = ancestral();
    const first = scheduler.step({ modelOutput: Float32Array.of(3), i: 0, sample: Float32Array.of(1), noise: () => assert.fail('none yet') });
    near(scheduler.step({ modelOutput: Float32Array.of(5), i: 1, sample: first, noise: () => Float32Array.of(2) }), [1 - 3.75 * 5 + (Math.sqrt(15) / 4) * 2], 1e-5);
    near(scheduler.step({ modelOutput: Float32Array.of(10), i: 2, sample: Float32Array.of(1), noise: () => assert.fail('none any more') }), [-9], 1e-5);
  });

  it('does not read x₀ itself', () => {
    assert.throws(() => dpm2({ prediction_type: 'sample' }), /KDPM2DiscreteScheduler cannot walk a model with prediction_type "sample"/);
    assert.throws(() => new Kdpm2AncestralScheduler(config({ prediction_type: 'sample' }), 2, 0), /KDPM2AncestralDiscreteScheduler cannot walk/);
  });
});
