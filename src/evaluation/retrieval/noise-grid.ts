/**
 * The fixed grid of noise levels on which captions are compared, the same for every caption, picture and arm: `count` times
 * in the middle of equal parts of the training range, each with one noise.
 */
import { createNoise, noisingOf, type NoiseLevel } from '../../diffusion';
import type { ModelFolder } from '../../models';

/** @param values numbers in one picture's latents. Throws `DiffusionError` for a model whose answer is not known. */
export function noiseGrid(folder: Pick<ModelFolder, 'kind' | 'scheduler' | 'dir'>, count: number, values: number, seed: number): { level: NoiseLevel; noise: Float32Array }[] {
  const stream = createNoise('torch', String(seed));
  const at = noisingOf(folder);
  return Array.from({ length: count }, (_, k) => ({ level: at(Math.floor(((k + 0.5) * 1000) / count)), noise: stream.randn(values) }));
}
