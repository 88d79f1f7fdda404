/** Ancestral sampling (Ho et al. 2020, 2006.11239, algorithm 2). Matches diffusers' `DDPMScheduler`. */
import { AlphaScheduler } from './alpha-scheduler';
import type { ConfigOf } from './config';
import { combine } from './numeric';
import { requirePrediction } from './prediction';
import { SchedulerError, type SchedulerStep } from './scheduler';
import { wholeTimesteps } from './spacing';
import { limited } from './threshold';

export class DdpmScheduler extends AlphaScheduler {
  readonly className = 'DDPMScheduler';

  constructor(private readonly config: ConfigOf<'DDPMScheduler'>, steps: number, begin: number) {
    super({ ...config, set_alpha_to_one: true }, wholeTimesteps(config, steps), begin);
    requirePrediction(this.className, config.prediction_type, ['epsilon', 'v_prediction', 'sample']);
    if (!config.variance_type.startsWith('fixed_') || config.variance_type === 'fixed_large_log') {
      throw new SchedulerError(`variance_type "${config.variance_type}" is not supported; use a model of fixed variance, or a sampler like DDIM`);
    }
  }

  step({ modelOutput, i, sample, noise }: SchedulerStep): Float32Array {
    const timestep = this.timesteps[i]!;
    const alphaBar = this.alphaBarAt(i);
    const alphaBarNext = this.alphaBar(this.timesteps[i + 1] ?? -1);
    const alpha = alphaBar / alphaBarNext;
    const original = limited(this.original(modelOutput, alphaBar, sample), this.config);
    // The mean of q(x′ | x, x₀), eq. 7.
    const mean = combine([(Math.sqrt(alphaBarNext) * (1 - alpha)) / (1 - alphaBar), original], [(Math.sqrt(alpha) * (1 - alphaBarNext)) / (1 - alphaBar), sample]);
    if (timestep <= 0) return mean;
    const small = Math.max(((1 - alphaBarNext) / (1 - alphaBar)) * (1 - alpha), 1e-20);
    return combine([1, mean], [Math.sqrt(this.config.variance_type === 'fixed_large' ? 1 - alpha : small), noise()]);
  }
}
