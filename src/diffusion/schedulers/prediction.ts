/**
 * What a model's output says about the clean latents x₀ and the noise ε in x = α x₀ + σ ε, whichever of them (or the
 * velocity v = α ε − σ x₀ of Salimans & Ho 2022, 2202.00512, or the flow ε − x₀) it was trained to say.
 */
import { SchedulerError } from './scheduler';
import type { PredictionType } from './config';

/** Factors of a linear reading: `sample · x + output · modelOutput`. */
export interface Reading {
  readonly sample: number;
  readonly output: number;
}

/** x₀ from a model output, for noisy latents of signal α and noise σ. */
export function originalReading(type: PredictionType, alpha: number, sigma: number): Reading {
  switch (type) {
    case 'epsilon': return { sample: 1 / alpha, output: -sigma / alpha };
    case 'v_prediction': return { sample: alpha, output: -sigma };
    case 'flow_prediction': return { sample: 1, output: -sigma };
    default: return { sample: 0, output: 1 };
  }
}

/** ε from a model output, for noisy latents of signal α and noise σ. */
export function noiseReading(type: PredictionType, alpha: number, sigma: number): Reading {
  switch (type) {
    case 'epsilon': return { sample: 0, output: 1 };
    case 'v_prediction': return { sample: sigma, output: alpha };
    case 'flow_prediction': return { sample: 1, output: 1 - sigma };
    default: return { sample: 1 / sigma, output: -alpha / sigma };
  }
}

/** Refuses a prediction type that a diffusers class does not know, before anything is drawn. */
export function requirePrediction(className: string, type: PredictionType, known: readonly PredictionType[]): void {
  if (!known.includes(type)) {
    throw new SchedulerError(`${className} cannot walk a model with prediction_type "${type}" (it takes ${known.join(', ')}); choose another sampler`);
  }
}
