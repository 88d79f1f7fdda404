/**
 * What the schedulers of Karras et al. 2022 (2206.00364) share: Euler, Euler a, Heun, DPM++ SDE. Latents are x₀ + σ ε and
 * grow with the noise; the model sees them divided by √(σ² + 1).
 */
import type { ConfigOf, SpacingConfig } from './config';
import { combine } from './numeric';
import { originalReading } from './prediction';
import type { Scheduler, SchedulerStep } from './scheduler';

type SigmaConfig = SpacingConfig & Pick<ConfigOf<'EulerDiscreteScheduler'>, 'prediction_type'>;

export abstract class SigmaScheduler implements Scheduler {
  readonly kind = 'discrete';
  abstract readonly order: 1 | 2;
  abstract readonly className: string;
  readonly initNoiseSigma: number;

  /** `sigmas`: the noise level of each entry of `timesteps`, and one more for the end. */
  constructor(
    private readonly settings: SigmaConfig,
    readonly timesteps: readonly number[],
    protected readonly sigmas: Float32Array,
    readonly begin: number,
  ) {
    const highest = sigmas.reduce((high, sigma) => Math.max(high, sigma));
    this.initNoiseSigma = settings.timestep_spacing === 'leading' ? Math.fround(Math.sqrt(highest ** 2 + 1)) : highest;
  }

  abstract step(step: SchedulerStep): Float32Array;

  scaleModelInput(sample: Float32Array, i: number): Float32Array {
    return combine([1 / Math.sqrt(this.inputSigma(i) ** 2 + 1), sample]);
  }

  predictOriginal(modelOutput: Float32Array, i: number, sample: Float32Array): Float32Array {
    return this.original(modelOutput, this.inputSigma(i), sample);
  }

  addNoise(original: Float32Array, noise: Float32Array, i: number): Float32Array {
    // After the last call they are clean, whatever level the walk ends at (`final_sigmas_type`).
    return i < this.timesteps.length ? combine([1, original], [this.sigmas[i]!, noise]) : original;
  }

  /** Noise level of the latents that call i looks at. */
  protected inputSigma(i: number): number {
    return this.sigmas[i]!;
  }

  protected original(modelOutput: Float32Array, sigma: number, sample: Float32Array): Float32Array {
    const alpha = 1 / Math.sqrt(sigma ** 2 + 1);
    const reading = originalReading(this.settings.prediction_type, alpha, sigma * alpha);
    return combine([reading.sample * alpha, sample], [reading.output, modelOutput]);
  }
}

/** A second-order method visits every noise level but the ends twice. `sigmas` ends with the level after the last step. */
export function twice(sigmas: readonly number[]): Float32Array {
  return Float32Array.from(sigmas.flatMap((sigma, i) => (i === 0 || i === sigmas.length - 1 ? [sigma] : [sigma, sigma])));
}
