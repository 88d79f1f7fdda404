/**
 * DPM-Solver++ (SDE), the stochastic single-step method of k-diffusion's `sample_dpmpp_sde` (r = 1/2). Matches diffusers'
 * `DPMSolverSDEScheduler` with `noise_sampler_seed`: its noise comes from one Brownian path over all levels. A file without
 * that seed leaves it to chance there; here, as in k-diffusion's other users, the picture's own seed lays the path.
 */
import { exp, expm1, log } from '../noise/elementary';
import type { ConfigOf } from './config';
import { ancestralStep } from './euler-ancestral';
import { combine } from './numeric';
import { requirePrediction } from './prediction';
import { SchedulerError, type BrownianIncrements, type SchedulerOptions, type SchedulerStep } from './scheduler';
import { ownEnds, sigmaSchedule } from './sigma-schedule';
import { SigmaScheduler, twice } from './sigma-scheduler';
import { sigmaToTimestep } from './sigma-shapes';

export class DpmSdeScheduler extends SigmaScheduler {
  readonly className = 'DPMSolverSDEScheduler';
  readonly order = 2;
  /** Between the two calls of a step: its start. */
  private start: Float32Array | null = null;
  private readonly path: BrownianIncrements;

  constructor(config: ConfigOf<'DPMSolverSDEScheduler'>, steps: number, begin: number, path: SchedulerOptions['path']) {
    const { timesteps, sigmas, logSigmas } = sigmaSchedule(ownEnds(config), steps);
    const middle = sigmas.slice(1).map((sigma, i) => sigmaToTimestep(Math.sqrt(sigma * sigmas[i]!), logSigmas));
    // Every level's own timestep, and between two of them that of their geometric mean.
    const calls = timesteps.flatMap((timestep, i) => (i === 0 ? [timestep] : [middle[i - 1]!, timestep]));
    super(config, calls, twice([...sigmas, 0]), begin);
    requirePrediction(this.className, config.prediction_type, ['epsilon', 'v_prediction']);
    if (!path) throw new SchedulerError('DPM++ SDE needs a Brownian path for its noise, and none was given');
    const levels = this.sigmas.filter((sigma) => sigma > 0);
    this.path = path(levels.reduce((low, sigma) => Math.min(low, sigma)), levels.reduce((high, sigma) => Math.max(high, sigma)), config.noise_sampler_seed);
  }

  step({ modelOutput, i, sample }: SchedulerStep): Float32Array {
    const original = this.original(modelOutput, this.inputSigma(i), sample);
    const { start } = this;
    const from = this.sigmas[start ? i - 1 : i]!;
    const end = this.sigmas[start ? i : i + 1]!;
    if (end === 0) return original;
    const to = start ? end : Math.fround(Math.sqrt(from * end));
    this.start = start ? null : sample;
    return move(start ?? sample, original, this.path.between(from, to), from, to);
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
