/** Linear multistep over up to four slopes, their interpolating polynomial integrated from one noise level to the next (k-diffusion's `sample_lms`). Matches diffusers' `LMSDiscreteScheduler`. */
import type { ConfigOf } from './config';
import { combine, type Term } from './numeric';
import { requirePrediction } from './prediction';
import type { SchedulerStep } from './scheduler';
import { ownEnds, sigmaSchedule } from './sigma-schedule';
import { SigmaScheduler } from './sigma-scheduler';

const ORDER = 4;
/** Gauss–Legendre with two points is exact for the cubics that four slopes make. */
const NODE = 1 / Math.sqrt(3);

export class LmsScheduler extends SigmaScheduler {
  readonly className = 'LMSDiscreteScheduler';
  readonly order = 1;
  /** Slopes, newest first. */
  private slopes: Float32Array[] = [];

  constructor(config: ConfigOf<'LMSDiscreteScheduler'>, steps: number, begin: number) {
    const { timesteps, sigmas } = sigmaSchedule(ownEnds(config), steps);
    super(config, timesteps, Float32Array.from([...sigmas, 0]), begin);
    requirePrediction(this.className, config.prediction_type, ['epsilon', 'v_prediction', 'sample']);
  }

  step({ modelOutput, i, sample }: SchedulerStep): Float32Array {
    const sigma = this.sigmas[i]!;
    const slope = combine([1 / sigma, sample], [-1 / sigma, this.original(modelOutput, sigma, sample)]);
    this.slopes = [slope, ...this.slopes.slice(0, ORDER - 1)];
    // Image-to-image: the polynomial runs through the levels before the first one walked, whose slopes nobody knows and nobody adds.
    const order = Math.min(i + 1, ORDER);
    return combine([1, sample], ...this.slopes.slice(0, order).map((known, k): Term => [this.weight(i, order, k), known]));
  }

  /** ∫ of the k-th Lagrange polynomial through the last `order` levels, from level i to the next. */
  private weight(i: number, order: number, k: number): number {
    const levels = Array.from({ length: order }, (_, j) => this.sigmas[i - j]!);
    const polynomial = (at: number) => levels.reduce((product, level, j) => (j === k ? product : (product * (at - level)) / (levels[k]! - level)), 1);
    const [from, to] = [this.sigmas[i]!, this.sigmas[i + 1]!];
    const [middle, half] = [(from + to) / 2, (to - from) / 2];
    return half * (polynomial(middle - half * NODE) + polynomial(middle + half * NODE));
  }
}
