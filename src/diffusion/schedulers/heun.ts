/** Heun's second-order method (Karras et al. 2022, 2206.00364, algorithm 1): an Euler step, then the mean of both slopes. Matches diffusers' `HeunDiscreteScheduler`. */
import type { ConfigOf } from './config';
import { combine } from './numeric';
import { requirePrediction } from './prediction';
import type { SchedulerStep } from './scheduler';
import { sigmaSchedule } from './sigma-schedule';
import { SigmaScheduler, twice } from './sigma-scheduler';
import { clip } from './threshold';

export class HeunScheduler extends SigmaScheduler {
  readonly className = 'HeunDiscreteScheduler';
  readonly order = 2;
  /** Between the two calls of a step: its start and the slope there. */
  private first: { sample: Float32Array; slope: Float32Array } | null = null;

  constructor(private readonly config: ConfigOf<'HeunDiscreteScheduler'>, steps: number, begin: number) {
    const { timesteps, sigmas } = sigmaSchedule(config, steps);
    super(config, timesteps.flatMap((timestep, i) => (i === 0 ? [timestep] : [timestep, timestep])), twice([...sigmas, 0]), begin);
    requirePrediction(this.className, config.prediction_type, ['epsilon', 'v_prediction', 'sample']);
  }

  step({ modelOutput, i, sample }: SchedulerStep): Float32Array {
    const sigma = this.sigmas[i]!;
    const predicted = this.original(modelOutput, sigma, sample);
    const original = this.config.clip_sample ? clip(predicted, this.config.clip_sample_range) : predicted;
    const slope = combine([1 / sigma, sample], [-1 / sigma, original]);
    if (this.first === null) {
      this.first = { sample, slope };
      return combine([1, sample], [this.sigmas[i + 1]! - sigma, slope]);
    }
    const start = this.first;
    this.first = null;
    const half = (sigma - this.sigmas[i - 1]!) / 2;
    return combine([1, start.sample], [half, start.slope], [half, slope]);
  }
}
