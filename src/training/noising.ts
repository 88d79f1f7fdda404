/** From a clean picture and noise to what a model is shown and asked for, at one time. */
import type { ModelFolder } from '../models';
import { alphasCumprod } from '../diffusion/schedulers/alphas';
import { readFields } from '../diffusion/schedulers/config';
import { TrainingError } from './error';

/** Times are 0 to 999; the model is told the same number. */
export interface Noising {
  /** `z_t = signal · z + deviation · ε`. */
  at(timestep: number): { readonly signal: number; readonly deviation: number };
  /** What the model should answer, from clean `z` and noise `ε`. */
  target(clean: Float32Array, noise: Float32Array, timestep: number): Float32Array;
}

/**
 * Flow models: `z_t = (1 − t/1000) z + t/1000 ε`, target `ε − z`. Others by the model's own ᾱ: `√ᾱ z + √(1 − ᾱ) ε`,
 * target ε (or v = √ᾱ ε − √(1 − ᾱ) z, Salimans & Ho 2022, 2202.00512).
 * Throws `TrainingError` for a model that predicts something else.
 */
export function noisingOf({ kind, scheduler, dir }: Pick<ModelFolder, 'kind' | 'scheduler' | 'dir'>): Noising {
  if (kind === 'icon' || kind === 'sd3' || kind === 'flux') {
    return {
      at: (timestep) => ({ signal: 1 - timestep / 1000, deviation: timestep / 1000 }),
      target: (clean, noise) => noise.map((value, i) => value - clean[i]!),
    };
  }
  const config = readFields('DDIMScheduler', scheduler);
  const alphas = alphasCumprod(config);
  const at = (timestep: number) => {
    const alpha = alphas[timestep]!;
    return { signal: Math.sqrt(alpha), deviation: Math.sqrt(1 - alpha) };
  };
  if (config.prediction_type === 'epsilon') return { at, target: (_clean, noise) => noise };
  if (config.prediction_type !== 'v_prediction') throw new TrainingError('bad-model', `${dir} predicts "${config.prediction_type}", which soft tokens are not trained with; use a model that predicts epsilon or v`);
  return {
    at,
    target: (clean, noise, timestep) => {
      const { signal, deviation } = at(timestep);
      return noise.map((value, i) => signal * value - deviation * clean[i]!);
    },
  };
}

/** `z_t`. */
export function noised(noising: Noising, clean: Float32Array, noise: Float32Array, timestep: number): Float32Array {
  const { signal, deviation } = noising.at(timestep);
  return clean.map((value, i) => signal * value + deviation * noise[i]!);
}
