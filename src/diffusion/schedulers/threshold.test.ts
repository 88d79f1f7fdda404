import assert from 'node:assert/strict';
import { near } from '../test-support/near';
import { clip, limited, quantileOfMagnitudes, threshold } from './threshold';

const dynamic = { thresholding: true, dynamic_thresholding_ratio: 0.5, sample_max_value: 10 };

describe('keeping x₀ in range', () => {
  it('clips either side, in a new array', () => {
    const values = Float32Array.of(-3, -2, 0.5, 2, 3);
    assert.deepEqual([...clip(values, 2)], [-2, -2, 0.5, 2, 2]);
    assert.deepEqual([...values], [-3, -2, 0.5, 2, 3]);
  });

  it('finds quantiles between neighbours', () => {
    const values = Float32Array.of(10, -1, -3, 2); // 1, 2, 3, 10
    assert.deepEqual([0, 1 / 3, 0.5, 0.75, 1].map((ratio) => quantileOfMagnitudes(values, ratio)), [1, 2, 2.5, 4.75, 10]);
    assert.deepEqual([quantileOfMagnitudes(Float32Array.of(-7), 0.5), quantileOfMagnitudes(Float32Array.of(), 0.5)], [7, 0]);
  });

  it('clips at a quantile and divides by it', () => {
    near(threshold(Float32Array.of(10, -1, -3, 2), dynamic), [1, -0.4, -1, 0.8], 1e-6); // at 2.5
    near(threshold(Float32Array.of(0.1, -0.2, 0.9), dynamic), [0.1, -0.2, 0.9], 1e-6); // never below 1
    near(threshold(Float32Array.of(10, -1, -3, 2), { ...dynamic, sample_max_value: 2 }), [1, -0.5, -1, 1], 1e-6);
  });

  it('goes by the quantile before it goes by the range, if at all', () => {
    const values = Float32Array.of(10, -1, -3, 2);
    const clipping = { ...dynamic, clip_sample: true, clip_sample_range: 1.5 };
    assert.deepEqual(limited(values, clipping), threshold(values, dynamic));
    assert.deepEqual([...limited(values, { ...clipping, thresholding: false })], [1.5, -1, -1.5, 1.5]);
    assert.deepEqual(limited(values, { ...clipping, thresholding: false, clip_sample: false }), values);
  });
});
