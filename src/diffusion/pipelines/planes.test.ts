import assert from 'node:assert/strict';
import { averaged, planesToRgb, rgbToPlanes } from './planes';

describe('planes', () => {
  it('clamp, scale and interleave', () => {
    const planes = Float32Array.of(-1, 1, 0, 5, -7, 0.5); // red, green, blue of two pixels
    assert.deepEqual([...planesToRgb(planes, 2, 1)], [0, 128, 0, 255, 255, 191]);
  });

  it('come back from bytes as the same bytes', () => {
    const rgb = Uint8Array.from({ length: 768 }, (_, i) => i % 256);
    assert.deepEqual(planesToRgb(rgbToPlanes(rgb, 16, 16), 16, 16), rgb);
  });

  it('become smaller by the means of their cells, each channel by itself', () => {
    const planes = Float32Array.of(0, 2, 10, 10, 4, 6, 10, 10, 1, 1, 0, 4, 1, 1, 8, 12); // two channels of 4 by 2
    assert.deepEqual([...averaged(planes, { width: 4, height: 2 }, { width: 2, height: 1 })], [3, 10, 1, 6]);
    assert.equal(averaged(planes, { width: 4, height: 2 }, { width: 4, height: 2 }), planes);
  });
});
