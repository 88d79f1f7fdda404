import assert from 'node:assert/strict';
import { near } from '../test-support/near';
import { trainedAt } from '../test-support/trained-at';
import { GAUSSIAN_WALK, gaussianSigma, orderOf, walk } from '../test-support/walk';
import { readFields } from './config';
import { HeunScheduler } from './heun';

const heun = (fields: object = {}, steps = 2) => new HeunScheduler(readFields('HeunDiscreteScheduler', { ...trainedAt(1, 3), ...fields }), steps, 0);

describe("Heun's method", () => {
  it("looks at the end of Euler's step and goes along the mean of both slopes", () => {
    const answer = (_: Float32Array, i: number) => Float32Array.of([2, 5, 10][i]!);
    assert.deepEqual([heun().timesteps, heun().order], [[1, 0, 0], 2]); // σ 3, 1, 1, 0
    near(walk(heun(), Float32Array.of(1), answer, 1), [1 - 2 * 2], 1e-6);
    near(walk(heun(), Float32Array.of(1), answer, 2), [1 - 2 * 3.5], 1e-6);
    near(walk(heun(), Float32Array.of(1), answer), [1 - 2 * 3.5 - 10], 1e-5); // the last step is Euler's
  });

  it('is of second order', () => {
    const order = orderOf((steps) => {
      const scheduler = heun({ ...GAUSSIAN_WALK, prediction_type: 'sample' }, steps + 1);
      return walk(scheduler, Float32Array.of(10), (sample, i) => sample.map((x) => x / (1 + gaussianSigma(Math.ceil(i / 2) / steps) ** 2)), 2 * steps)[0]!;
    });
    assert.ok(Math.abs(order - 2) < 0.15, `${order}`);
  });

  it('arrives at a picture that is certain, clipped if the file says so', () => {
    const x0 = () => Float32Array.of(2, -0.5);
    near(walk(heun({ prediction_type: 'sample' }), Float32Array.of(7, 3), x0), [2, -0.5], 1e-6);
    near(walk(heun({ prediction_type: 'sample', clip_sample: true }), Float32Array.of(7, 3), x0), [1, -0.5], 1e-6);
    near(walk(heun({ prediction_type: 'sample', clip_sample: true, clip_sample_range: 1.5 }), Float32Array.of(7, 3), x0), [1.5, -0.5], 1e-6);
  });

  it('begins each walk anew where a picture goes in', () => {
    const half = new HeunScheduler(readFields('HeunDiscreteScheduler', trainedAt(1, 3)), 2, 2);
    near(walk(half, Float32Array.of(1), () => Float32Array.of(4)), [1 - 4], 1e-6);
    assert.throws(() => heun({ prediction_type: 'flow_prediction' }), /HeunDiscreteScheduler cannot walk/);
  });
});
