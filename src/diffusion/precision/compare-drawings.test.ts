import assert from 'node:assert/strict';
import { compareDrawings, mean, median } from './compare-drawings';

describe('two drawings', () => {
  it('differ by nothing from themselves', () => {
    const drawing = { latents: Float32Array.of(1, -2, 3), rgb: Uint8Array.of(0, 128, 255) };
    assert.deepEqual(compareDrawings(drawing, drawing), { latent: 0, picture: 0 });
  });

  it('differ by a fraction of the latents\' length and of full scale', () => {
    const original = { latents: Float32Array.of(3, 4), rgb: Uint8Array.of(0, 0, 0, 0) };
    assert.deepEqual(compareDrawings(original, { latents: Float32Array.of(3, 4.5), rgb: Uint8Array.of(255, 0, 0, 51) }), { latent: 0.1, picture: 0.3 });
  });

  it('have means, and middles that one that went astray does not move', () => {
    assert.deepEqual([mean([1, 2, 9]), median([9, 1, 2]), median([1, 2, 3, 9])], [4, 2, 2.5]);
  });
});
