/** DDIM (Song et al. 2020, 2010.02502, eq. 12 and 16). Matches diffusers' `DDIMScheduler`. */
import { AlphaScheduler } from './alpha-scheduler';
import type { ConfigOf } from './config';
import { combine } from './numeric';
import { requirePrediction } from './prediction';
import type { SchedulerStep } from './scheduler';
import { wholeTimesteps } from './spacing';
import { limited } from './threshold';

export class DdimScheduler extends AlphaScheduler {
  readonly className = 'DDIMScheduler';
  readonly isLinear: boolean;
  /** Training timesteps from one step to the next, whatever the spacing. */
  private readonly stride: number;

  constructor(private readonly config: ConfigOf<'DDIMScheduler'>, steps: number, begin: number, private readonly eta: number) {
    super(config, wholeTimesteps(config, steps), begin);
    requirePrediction(this.className, config.prediction_type, ['epsilon', 'v_prediction', 'sample']);
    this.isLinear = eta === 0 && !config.thresholding && !config.clip_sample;
    this.stride = Math.floor(config.num_train_timesteps / steps);
  }

  step({ modelOutput, i, sample, noise }: SchedulerStep): Float32Array {
    const timestep = this.timesteps[i]!;
    const alphaBar = this.alphaBarAt(i);
    const alphaBarNext = this.alphaBar(timestep - this.stride);
    const original = limited(this.original(modelOutput, alphaBar, sample), this.config);
    const epsilon = this.noiseOf(modelOutput, alphaBar, sample);
    const variance = ((1 - alphaBarNext) / (1 - alphaBar)) * (1 - alphaBar / alphaBarNext);
    const deviation = this.eta * Math.sqrt(variance);
    // At η = 1 and zero terminal SNR the noise is all there is, and rounding may leave less than nothing.
    const direction = Math.sqrt(Math.max(1 - alphaBarNext - deviation ** 2, 0));
    const next = combine([Math.sqrt(alphaBarNext), original], [direction, epsilon]);
    return this.eta > 0 ? combine([1, next], [deviation, noise()]) : next;
  }
}
