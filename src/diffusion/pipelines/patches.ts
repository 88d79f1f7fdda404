/** Flux's latents as a sequence: each 2×2 patch of all channels is one token, `[c, h, w]` ↔ `[h/2 · w/2, 4 c]`. */
import type { LatentShape } from './latent-space';

export function packPatches(latents: Float32Array, shape: LatentShape): Float32Array {
  const packed = new Float32Array(latents.length);
  eachPair(shape, (plane, sequence) => (packed[sequence] = latents[plane]!));
  return packed;
}

export function unpackPatches(packed: Float32Array, shape: LatentShape): Float32Array {
  const latents = new Float32Array(packed.length);
  eachPair(shape, (plane, sequence) => (latents[plane] = packed[sequence]!));
  return latents;
}

function eachPair({ channels, height, width }: LatentShape, visit: (plane: number, sequence: number) => void): void {
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const token = (y >> 1) * (width >> 1) + (x >> 1);
        visit((c * height + y) * width + x, token * channels * 4 + c * 4 + (y & 1) * 2 + (x & 1));
      }
    }
  }
}
