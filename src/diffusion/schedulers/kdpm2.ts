/**
 * DPM-Solver-2 as in Karras et al. 2022 (2206.00364): a step looks at the geometric mean of its two noise levels and walks
 * with the slope there; with fresh noise as "DPM2 a". Matches diffusers' `KDPM2DiscreteScheduler` and
 * `KDPM2AncestralDiscreteScheduler`.
 */
import type { ConfigOf } from './config';
import { ancestralStep } from './euler-ancestral';
import { combine, roundHalfEven } from './numeric';
import { requirePrediction } from './prediction';
import type { SchedulerStep } from './scheduler';
import { sigmaSchedule } from './sigma-schedule';
import { SigmaScheduler, twice } from './sigma-scheduler';
import { sigmaToTimestep } from './sigma-shapes';

type Config = ConfigOf<'KDPM2DiscreteScheduler'>;

abstract class MiddleScheduler extends SigmaScheduler {
  readonly order = 2;
  /** Latents at the start of the step whose middle is looked at. */
  private start: Float32Array | null = null;

  /** @param middles the level at which each step but the last looks; the last goes straight to its end */
  constructor(
    className: string,
    config: Config,
    schedule: { readonly timesteps: readonly number[]; readonly sigmas: readonly number[]; readonly logSigmas: Float32Array },
    private readonly middles: Float32Array,
    begin: number,
  ) {
    const { timesteps, sigmas, logSigmas } = schedule;
    const seen = timesteps.map((timestep) => (config.use_karras_sigmas ? roundHalfEven(timestep) : timestep));
    const calls = seen.flatMap((timestep, k) => (k === 0 ? [timestep] : [Math.fround(sigmaToTimestep(middles[k - 1]!, logSigmas)), timestep]));
    super(config, calls, twice([...sigmas, 0]), begin);
    requirePrediction(className, config.prediction_type, ['epsilon', 'v_prediction']);
  }

  step({ modelOutput, i, sample, noise }: SchedulerStep): Float32Array {
    const level = this.inputSigma(i);
    const original = this.original(modelOutput, level, sample);
    const k = i >> 1;
    const sigma = this.sigmas[2 * k]!;
    if (this.start === null) {
      this.start = sample;
      const target = this.middles[k] ?? 0;
      return combine([target / level, sample], [1 - target / level, original]);
    }
    const { start } = this;
    this.start = null;
    const { up, down } = this.endOf(sigma, this.sigmas[2 * k + 1]!);
    const distance = (down - sigma) / level;
    const next = combine([1, start], [distance, sample], [-distance, original]);
    return this.isAncestral ? combine([1, next], [up, noise()]) : next;
  }

  protected abstract readonly isAncestral: boolean;
  /** Where a step from `sigma` to `next` goes before noise of deviation `up` is added. */
  protected abstract endOf(sigma: number, next: number): { up: number; down: number };

  /** An odd call looks at the middle of its step. */
  protected override inputSigma(i: number): number {
    return i % 2 === 0 ? this.sigmas[i]! : this.middles[i >> 1]!;
  }
}

export class Kdpm2Scheduler extends MiddleScheduler {
  readonly className = 'KDPM2DiscreteScheduler';
  protected readonly isAncestral = false;

  constructor(config: Config, steps: number, begin: number) {
    const schedule = sigmaSchedule(config, steps);
    super('KDPM2DiscreteScheduler', config, schedule, middlesOf(schedule.sigmas, (_, next) => next), begin);
  }

  protected endOf(_sigma: number, next: number): { up: number; down: number } {
    return { up: 0, down: next };
  }
}

export class Kdpm2AncestralScheduler extends MiddleScheduler {
  readonly className = 'KDPM2AncestralDiscreteScheduler';
  protected readonly isAncestral = true;

  constructor(config: Config, steps: number, begin: number) {
    const schedule = sigmaSchedule(config, steps);
    super('KDPM2AncestralDiscreteScheduler', config, schedule, middlesOf(schedule.sigmas, (sigma, next) => ancestralStep(sigma, next).down), begin);
  }

  protected endOf(sigma: number, next: number): { up: number; down: number } {
    return ancestralStep(sigma, next);
  }
}

function middlesOf(sigmas: readonly number[], end: (sigma: number, next: number) => number): Float32Array {
  const levels = sigmas.map(Math.fround);
  return Float32Array.from(levels.slice(1), (next, k) => Math.sqrt(levels[k]! * end(levels[k]!, next)));
}
