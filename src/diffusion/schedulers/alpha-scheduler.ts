/** What the schedulers that walk on whole training timesteps share: DDIM, PNDM, LCM, TCD. Latents keep unit variance. */
import { alphasCumprod } from './alphas';
import type { BetaConfig, ConfigOf } from './config';
import { combine } from './numeric';
import { noiseReading, originalReading } from './prediction';
import type { Scheduler, SchedulerStep } from './scheduler';

type AlphaConfig = BetaConfig & Pick<ConfigOf<'DDIMScheduler'>, 'prediction_type' | 'set_alpha_to_one'>;

export abstract class AlphaScheduler implements Scheduler {
  readonly kind = 'discrete';
  readonly order = 1;
  readonly initNoiseSigma = 1;
  abstract readonly className: string;
  private readonly alphas: Float32Array;
  private readonly finalAlpha: number;

  constructor(
    private readonly settings: AlphaConfig,
    readonly timesteps: readonly number[],
    readonly begin: number,
  ) {
    this.alphas = alphasCumprod(settings);
    this.finalAlpha = settings.set_alpha_to_one ? 1 : this.alphas[0]!;
  }

  abstract step(step: SchedulerStep): Float32Array;

  scaleModelInput(sample: Float32Array): Float32Array {
    return sample;
  }

  predictOriginal(modelOutput: Float32Array, i: number, sample: Float32Array): Float32Array {
    return this.original(modelOutput, this.alphaBarAt(i), sample);
  }

  addNoise(original: Float32Array, noise: Float32Array, i: number): Float32Array {
    const timestep = this.timesteps[i];
    if (timestep === undefined) return original;
    const alphaBar = this.alphaBar(timestep);
    return combine([Math.sqrt(alphaBar), original], [Math.sqrt(1 - alphaBar), noise]);
  }

  /** ᾱ of a timestep that follows another; before the first one, the configured final value. */
  protected alphaBar(timestep: number): number {
    return timestep >= 0 ? this.alphas[timestep]! : this.finalAlpha;
  }

  /** ᾱ of the timestep of call `i`. Trailing spacing may round down to a last timestep of −1, for which diffusers takes the table's end. */
  protected alphaBarAt(i: number): number {
    return this.alphaBarOf(this.timesteps[i]!);
  }

  /** ᾱ of a timestep that is visited. */
  protected alphaBarOf(timestep: number): number {
    return this.alphas.at(timestep)!;
  }

  /** x₀ as the model sees it where ᾱ is `alphaBar`. */
  protected original(modelOutput: Float32Array, alphaBar: number, sample: Float32Array): Float32Array {
    // At zero terminal SNR ε says nothing about x₀: infinities, which clipping makes finite.
    if (alphaBar === 0 && this.settings.prediction_type === 'epsilon') return sample.map((value, i) => (value - modelOutput[i]!) / 0);
    const reading = originalReading(this.settings.prediction_type, Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar));
    return combine([reading.sample, sample], [reading.output, modelOutput]);
  }

  /** ε as the model sees it where ᾱ is `alphaBar`. */
  protected noiseOf(modelOutput: Float32Array, alphaBar: number, sample: Float32Array): Float32Array {
    const reading = noiseReading(this.settings.prediction_type, Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar));
    return combine([reading.sample, sample], [reading.output, modelOutput]);
  }
}
