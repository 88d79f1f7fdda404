import assert from 'node:assert/strict';
import { planesToRgb, rgbToPlanes } from './planes';

describe('planes', () => {
  it('clamp, scale and interleave', () => {
    const planes = Float32Array.of(-1, 1, 0, 5, -7, 0.5); // red, green, blue of two pixels
    assert.deepEqual([...planesToRgb(planes, 2, 1)], [0, 128, 0, 255, 255, 191]);
  });

  it('come back from bytes as the same bytes', () => {
    const rgb = Uint8Array.from({ length: 768 }, (_, i) => i % 256);
    assert.deepEqual(planesToRgb(rgbToPlanes(rgb, 16, 16), 16, 16), rgb);
  });
});
