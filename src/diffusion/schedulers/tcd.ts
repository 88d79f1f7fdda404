/** Trajectory consistency distillation (Zheng et al. 2024, 2402.19159, "strategic stochastic sampling"). Matches diffusers' `TCDScheduler`. */
import { AlphaScheduler } from './alpha-scheduler';
import type { ConfigOf } from './config';
import { consistencyTimesteps } from './consistency-timesteps';
import { combine } from './numeric';
import { requirePrediction } from './prediction';
import type { SchedulerStep } from './scheduler';

const { fround } = Math;

export class TcdScheduler extends AlphaScheduler {
  readonly className = 'TCDScheduler';

  /** `eta`: the paper's γ, 0 deterministic to 1 as noisy as LCM. */
  constructor(config: ConfigOf<'TCDScheduler'>, private readonly steps: number, begin: number, private readonly eta: number) {
    super(config, consistencyTimesteps(config, steps, 1), begin);
    requirePrediction(this.className, config.prediction_type, ['epsilon', 'v_prediction', 'sample']);
  }

  step({ modelOutput, i, sample, noise }: SchedulerStep): Float32Array {
    const alphaBar = this.alphaBar(this.timesteps[i]!);
    const next = this.timesteps[i + 1] ?? 0;
    const alphaBarNext = this.alphaBar(next);
    // First down to a timestep s below the next one, then back up to it with fresh noise. float32, because its rounding
    // decides which timestep a product like 0.7 · 10 falls on.
    const alphaBarS = this.alphaBar(Math.floor(fround(fround(1 - this.eta) * next)));
    const original = this.original(modelOutput, alphaBar, sample);
    const epsilon = this.noiseOf(modelOutput, alphaBar, sample);
    const down: [number, Float32Array][] = [[Math.sqrt(alphaBarS), original], [Math.sqrt(1 - alphaBarS), epsilon]];
    if (this.eta === 0 || i === this.steps - 1) return combine(...down);
    const ratio = fround(alphaBarNext / alphaBarS);
    const back = Math.sqrt(ratio);
    return combine(...down.map(([factor, values]) => [factor * back, values] as const), [Math.sqrt(1 - ratio), noise()]);
  }
}
