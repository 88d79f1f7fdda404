/**
 * The fixed grid of noise levels on which captions are compared, the same for every caption, picture and arm: `count` times
 * in the middle of equal parts of the training range, each with one noise.
 */
import { createNoise } from '../../diffusion';
import { alphasCumprod } from '../../diffusion/schedulers/alphas';
import { readFields } from '../../diffusion/schedulers/config';
import type { ModelFolder } from '../../models';
import { EvaluationError } from '../error';

/** `z_t = signal · z + deviation · ε`; the answer that is right is `cleanShare · z + noiseShare · ε`. */
export interface NoiseLevel {
  readonly timestep: number;
  readonly signal: number;
  readonly deviation: number;
  readonly cleanShare: number;
  readonly noiseShare: number;
  readonly noise: Float32Array;
}

/**
 * Flow models: `(1 − σ) z + σ ε`, asked for ε − z. Others by their own ᾱ, asked for ε, v (Salimans & Ho 2022, 2202.00512) or z.
 * @param values numbers in one picture's latents
 */
export function noiseGrid(folder: Pick<ModelFolder, 'kind' | 'scheduler' | 'dir'>, count: number, values: number, seed: number): NoiseLevel[] {
  const stream = createNoise('torch', String(seed));
  const at = levelsOf(folder);
  return Array.from({ length: count }, (_, k) => ({ ...at(Math.floor(((k + 0.5) * 1000) / count)), noise: stream.randn(values) }));
}

function levelsOf({ kind, scheduler, dir }: Pick<ModelFolder, 'kind' | 'scheduler' | 'dir'>): (timestep: number) => Omit<NoiseLevel, 'noise'> {
  if (kind === 'icon' || kind === 'sd3' || kind === 'flux') {
    return (timestep) => ({ timestep, signal: 1 - timestep / 1000, deviation: timestep / 1000, cleanShare: -1, noiseShare: 1 });
  }
  const config = readFields('DDIMScheduler', scheduler);
  const alphas = alphasCumprod(config);
  return (timestep) => {
    const [signal, deviation] = [Math.sqrt(alphas[timestep]!), Math.sqrt(1 - alphas[timestep]!)];
    const place = { timestep, signal, deviation };
    switch (config.prediction_type) {
      case 'epsilon': return { ...place, cleanShare: 0, noiseShare: 1 };
      case 'v_prediction': return { ...place, cleanShare: -deviation, noiseShare: signal };
      case 'sample': return { ...place, cleanShare: 1, noiseShare: 0 };
      default: throw new EvaluationError('bad-model', `${dir} predicts "${config.prediction_type}", whose error is not known here; use a model that predicts epsilon, v or velocity`);
    }
  };
}
