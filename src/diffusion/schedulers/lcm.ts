/** Multistep sampling of latent consistency models (Luo et al. 2023, 2310.04378, algorithm 2). Matches diffusers' `LCMScheduler`. */
import { AlphaScheduler } from './alpha-scheduler';
import type { ConfigOf } from './config';
import { consistencyTimesteps } from './consistency-timesteps';
import { combine } from './numeric';
import { requirePrediction } from './prediction';
import type { SchedulerStep } from './scheduler';
import { limited } from './threshold';

/** Standard deviation of the data, as in EDM; a constant of the method. */
const SIGMA_DATA = 0.5;

export class LcmScheduler extends AlphaScheduler {
  readonly className = 'LCMScheduler';

  /** `strength`: the part of the training schedule that the steps are taken from (LCM's own image-to-image). */
  constructor(private readonly config: ConfigOf<'LCMScheduler'>, private readonly steps: number, begin: number, strength: number) {
    super(config, consistencyTimesteps(config, steps, strength), begin);
    requirePrediction(this.className, config.prediction_type, ['epsilon', 'v_prediction', 'sample']);
  }

  step({ modelOutput, i, sample, noise }: SchedulerStep): Float32Array {
    const timestep = this.timesteps[i]!;
    const original = limited(this.original(modelOutput, this.alphaBar(timestep), sample), this.config);
    // The boundary condition: at timestep 0 the answer is the sample itself.
    const scaled = timestep * this.config.timestep_scaling;
    const skip = SIGMA_DATA ** 2 / (scaled ** 2 + SIGMA_DATA ** 2);
    const out = scaled / Math.sqrt(scaled ** 2 + SIGMA_DATA ** 2);
    const denoised = combine([out, original], [skip, sample]);
    if (i === this.steps - 1) return denoised;
    const alphaBarNext = this.alphaBar(this.timesteps[i + 1] ?? timestep);
    return combine([Math.sqrt(alphaBarNext), denoised], [Math.sqrt(1 - alphaBarNext), noise()]);
  }
}
