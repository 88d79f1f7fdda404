import assert from 'node:assert/strict';
import { integral } from '../test-support/integral';
import { near } from '../test-support/near';
import { trainedAt } from '../test-support/trained-at';
import { walk } from '../test-support/walk';
import { readFields } from './config';
import { LmsScheduler } from './lms';

const lms = (sigmas: readonly number[], fields: object = {}, begin = 0) => new LmsScheduler(readFields('LMSDiscreteScheduler', { ...trainedAt(...sigmas), ...fields }), sigmas.length, begin);
const EVEN = [1, 2, 3, 4, 5];
const slopes = [1, 10, 100, 1000, 10_000];
const answer = (_: Float32Array, i: number) => Float32Array.of(slopes[i]!);

describe('linear multistep', () => {
  it('is Adams and Bashforth’s over even levels', () => {
    const increments = [1, (3 * 10 - 1) / 2, (23 * 100 - 16 * 10 + 5) / 12, (55 * 1000 - 59 * 100 + 37 * 10 - 9) / 24, (55 * 10_000 - 59 * 1000 + 37 * 100 - 9 * 10) / 24];
    let sum = 0;
    increments.forEach((increment, i) => near(walk(lms(EVEN), Float32Array.of(0), answer, i + 1), [(sum -= increment)], 1e-5)); // σ 5, 4, 3, 2, 1, 0
  });

  it('is exact for a cubic slope, whatever the levels', () => {
    const levels = [0.5, 0.8, 1.5, 2, 4]; // walked down
    const slope = (sigma: number) => 1 - 3 * sigma + sigma ** 2 - 0.5 * sigma ** 3;
    const scheduler = lms(levels);
    const output = (i: number) => Float32Array.of(slope(levels[4 - i]!));
    for (let i = 0; i < 3; i++) scheduler.step({ modelOutput: output(i), i, sample: Float32Array.of(0), noise: () => assert.fail() });
    for (const i of [3, 4]) {
      const moved = scheduler.step({ modelOutput: output(i), i, sample: Float32Array.of(1), noise: () => assert.fail() });
      near(moved, [1 + integral(slope, levels[4 - i]!, levels[3 - i] ?? 0)], 2e-5);
    }
  });

  it('leaves out the slopes that nobody knows where a picture goes in', () => {
    near(walk(lms(EVEN, {}, 2), Float32Array.of(0), answer, 3), [-(23 * 100) / 12], 1e-5);
    near(walk(lms(EVEN, {}, 2), Float32Array.of(0), answer, 4), [-(23 * 100) / 12 - (55 * 1000 - 59 * 100) / 24], 1e-5);
  });

  it('arrives at a picture that is certain', () => {
    near(walk(lms(EVEN, { prediction_type: 'sample' }), Float32Array.of(9, -2), () => Float32Array.of(2, 1)), [2, 1], 1e-5);
    assert.throws(() => lms(EVEN, { prediction_type: 'flow_prediction' }), /LMSDiscreteScheduler cannot walk/);
  });

  it('lays Karras’ levels between its own ends', () => {
    const own = lms(EVEN, { use_karras_sigmas: true });
    const set = lms(EVEN, { use_karras_sigmas: true, sigma_min: 0.1, sigma_max: 9 });
    near(Float32Array.of(own.initNoiseSigma, set.initNoiseSigma), [5, 5], 1e-6);
  });
});
