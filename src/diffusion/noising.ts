/** From a clean picture and noise to what a model is shown and asked for, at one time. */
import type { ModelFolder } from '../models';
import { DiffusionError } from './error';
import { alphasCumprod } from './schedulers/alphas';
import { readFields } from './schedulers/config';

/** `z_t = signal · z + deviation · ε`; the answer that is right is `cleanShare · z + noiseShare · ε`. */
export interface NoiseLevel {
  readonly timestep: number;
  readonly signal: number;
  readonly deviation: number;
  readonly cleanShare: number;
  readonly noiseShare: number;
}

/** Times are 0 to 999; the model is told the same number. */
export type Noising = (timestep: number) => NoiseLevel;

/**
 * Flow models: `(1 − t/1000) z + t/1000 ε`, asked for ε − z. Others by the model's own ᾱ: `√ᾱ z + √(1 − ᾱ) ε`, asked for
 * ε, v = √ᾱ ε − √(1 − ᾱ) z (Salimans & Ho 2022, 2202.00512) or z.
 * Throws `DiffusionError` for a model that predicts something else.
 */
export function noisingOf({ kind, scheduler, dir }: Pick<ModelFolder, 'kind' | 'scheduler' | 'dir'>): Noising {
  if (kind === 'icon' || kind === 'sd3' || kind === 'flux') {
    return (timestep) => ({ timestep, signal: 1 - timestep / 1000, deviation: timestep / 1000, cleanShare: -1, noiseShare: 1 });
  }
  const config = readFields('DDIMScheduler', scheduler);
  const answer = ANSWERS[config.prediction_type];
  if (!answer) throw new DiffusionError('bad-model', `${dir} predicts "${config.prediction_type}", whose error is not known here; use a model that predicts epsilon, v, velocity or the clean picture`);
  const alphas = alphasCumprod(config);
  return (timestep) => {
    const [signal, deviation] = [Math.sqrt(alphas[timestep]!), Math.sqrt(1 - alphas[timestep]!)];
    return { timestep, signal, deviation, ...answer(signal, deviation) };
  };
}

const ANSWERS: Readonly<Record<string, (signal: number, deviation: number) => Pick<NoiseLevel, 'cleanShare' | 'noiseShare'>>> = {
  epsilon: () => ({ cleanShare: 0, noiseShare: 1 }),
  v_prediction: (signal, deviation) => ({ cleanShare: -deviation, noiseShare: signal }),
  sample: () => ({ cleanShare: 1, noiseShare: 0 }),
};

/** `z_t`. */
export function noised({ signal, deviation }: NoiseLevel, clean: Float32Array, noise: Float32Array): Float32Array {
  return clean.map((value, i) => signal * value + deviation * noise[i]!);
}

/** What the model should answer. */
export function answerWanted({ cleanShare, noiseShare }: NoiseLevel, clean: Float32Array, noise: Float32Array): Float32Array {
  return clean.map((value, i) => cleanShare * value + noiseShare * noise[i]!);
}
