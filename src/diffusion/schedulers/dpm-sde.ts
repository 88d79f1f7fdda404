/**
 * DPM-Solver++ (SDE), the stochastic single-step method of k-diffusion's `sample_dpmpp_sde` (r = 1/2). The arithmetic is that
 * of diffusers' `DPMSolverSDEScheduler`. Its noise is not: diffusers draws it from torchsde's Brownian tree with a random
 * seed of its own (unless `noise_sampler_seed` is set) and so has no reproducible picture to agree with. Here both halves of
 * a step read one Brownian path laid from the seed's stream: W(σ → σ′) is the sum of its two halves, as it must be.
 */
import { exp, expm1, log } from '../noise/elementary';
import type { ConfigOf } from './config';
import { ancestralStep } from './euler-ancestral';
import { combine } from './numeric';
import { requirePrediction } from './prediction';
import type { SchedulerStep } from './scheduler';
import { ownEnds, sigmaSchedule } from './sigma-schedule';
import { SigmaScheduler, twice } from './sigma-scheduler';
import { sigmaToTimestep } from './sigma-shapes';

export class DpmSdeScheduler extends SigmaScheduler {
  readonly className = 'DPMSolverSDEScheduler';
  readonly order = 2;
  /** Between the two calls of a step: its start, and the first half of its Brownian path (unit variance). */
  private first: { sample: Float32Array; path: Float32Array } | null = null;

  constructor(config: ConfigOf<'DPMSolverSDEScheduler'>, steps: number, begin: number) {
    const { timesteps, sigmas, logSigmas } = sigmaSchedule(ownEnds(config), steps);
    const middle = sigmas.slice(1).map((sigma, i) => sigmaToTimestep(Math.sqrt(sigma * sigmas[i]!), logSigmas));
    // Every level's own timestep, and between two of them that of their geometric mean.
    const calls = timesteps.flatMap((timestep, i) => (i === 0 ? [timestep] : [middle[i - 1]!, timestep]));
    super(config, calls, twice([...sigmas, 0]), begin);
    requirePrediction(this.className, config.prediction_type, ['epsilon', 'v_prediction']);
  }

  step({ modelOutput, i, sample, noise }: SchedulerStep): Float32Array {
    const original = this.original(modelOutput, this.inputSigma(i), sample);
    const sigma = this.sigmas[this.first === null ? i : i - 1]!;
    const end = this.sigmas[this.first === null ? i + 1 : i]!;
    if (end === 0) return original;
    const middle = Math.sqrt(sigma * end);
    if (this.first === null) {
      const path = noise();
      this.first = { sample, path };
      return move(sample, original, path, sigma, middle);
    }
    const { sample: start, path: upper } = this.first;
    this.first = null;
    const length = sigma - end;
    const path = combine([Math.sqrt((sigma - middle) / length), upper], [Math.sqrt((middle - end) / length), noise()]);
    return move(start, original, path, sigma, end);
  }

  /** The second call of a step, an odd one, looks at the geometric mean of its ends. */
  protected override inputSigma(i: number): number {
    return i % 2 === 0 ? this.sigmas[i]! : Math.sqrt(this.sigmas[i - 1]! * this.sigmas[i]!);
  }
}

/** One exponential-integrator step from σ towards `target` with x₀ held, ancestral noise added. */
function move(sample: Float32Array, original: Float32Array, noise: Float32Array, sigma: number, target: number): Float32Array {
  const { up, down } = ancestralStep(sigma, target);
  const logRatio = log(down) - log(sigma);
  return combine([exp(logRatio), sample], [-expm1(logRatio), original], [up, noise]);
}
