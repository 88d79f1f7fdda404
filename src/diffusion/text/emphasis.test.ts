import assert from 'node:assert/strict';
import { emphasize, movePooled } from './emphasis';

describe('emphasis', () => {
  it('scales tokens, then brings the mean back', () => {
    const hidden = Float32Array.of(1, 2, 3, 4, 5, 9); // mean 4; with the middle token doubled (6, 8) mean 31/6
    emphasize(hidden, [1, 2, 1], 'original-mean');
    assert.deepEqual([...hidden].map((v) => v.toFixed(4)), [1, 2, 6, 8, 5, 9].map((v) => ((v * 4 * 6) / 31).toFixed(4)));
  });

  it('leaves scaled tokens as they are without normalisation', () => {
    const hidden = Float32Array.of(1, 2, 3, 4);
    emphasize(hidden, [0.5, 1], 'none');
    assert.deepEqual([...hidden], [0.5, 1, 3, 4]);
  });

  it('changes nothing at weight 1, to the bit', () => {
    const hidden = Float32Array.of(0.1, -0.7, 0.3);
    emphasize(hidden, [1, 1, 1], 'original-mean');
    assert.deepEqual(hidden, Float32Array.of(0.1, -0.7, 0.3));
  });

  it('survives a mean of zero', () => {
    const hidden = Float32Array.of(1, 1, -1, -1);
    emphasize(hidden, [2, 2], 'original-mean');
    assert.ok(hidden.every(Number.isFinite));
  });

  it('moves the pooled vector along what a span contributes, keeping its length', () => {
    const moved = movePooled(Float32Array.of(0.6, 0.8), [{ weight: 2, pooled: Float32Array.of(0.6, 0) }]);
    const [x, y] = [0.6, 1.6];
    assert.deepEqual([...moved].map((v) => v.toFixed(5)), [x, y].map((v) => (v / Math.hypot(x, y)).toFixed(5)));
  });
});
