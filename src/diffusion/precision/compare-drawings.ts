/** How far a copy's pictures are from the original's. */
import type { Drawing } from '../pipelines';

export interface Difference {
  /** `|copy − original| / |original|` of the final latents, as Euclidean lengths. */
  readonly latent: number;
  /** Mean absolute difference of the pixels' bytes over 255. */
  readonly picture: number;
}

export function compareDrawings(original: Pick<Drawing, 'latents' | 'rgb'>, copy: Pick<Drawing, 'latents' | 'rgb'>): Difference {
  let [difference, size, pixels] = [0, 0, 0];
  for (let i = 0; i < original.latents.length; i++) {
    difference += (copy.latents[i]! - original.latents[i]!) ** 2;
    size += original.latents[i]! ** 2;
  }
  for (let i = 0; i < original.rgb.length; i++) pixels += Math.abs(copy.rgb[i]! - original.rgb[i]!);
  return { latent: Math.sqrt(difference / size), picture: pixels / original.rgb.length / 255 };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? NaN) + (sorted[sorted.length >> 1] ?? NaN)) / 2;
}
