/** Euler steps below the next noise level and fresh noise back up to it (k-diffusion's `sample_euler_ancestral`). Matches diffusers' `EulerAncestralDiscreteScheduler`. */
import type { ConfigOf } from './config';
import { combine } from './numeric';
import { requirePrediction } from './prediction';
import type { SchedulerStep } from './scheduler';
import { sigmaSchedule } from './sigma-schedule';
import { SigmaScheduler } from './sigma-scheduler';

const { fround } = Math;

export class EulerAncestralScheduler extends SigmaScheduler {
  readonly className = 'EulerAncestralDiscreteScheduler';
  readonly order = 1;

  constructor(config: ConfigOf<'EulerAncestralDiscreteScheduler'>, steps: number, begin: number) {
    const { timesteps, sigmas } = sigmaSchedule(config, steps);
    super(config, timesteps, Float32Array.from([...sigmas, 0]), begin);
    requirePrediction(this.className, config.prediction_type, ['epsilon', 'v_prediction']);
  }

  step({ modelOutput, i, sample, noise }: SchedulerStep): Float32Array {
    const sigma = this.sigmas[i]!;
    const { up, down } = ancestralStep(sigma, this.sigmas[i + 1]!);
    const ratio = down / sigma;
    // The last step adds none, but draws it all the same: the stream must stay where diffusers' stream is.
    return combine([ratio, sample], [1 - ratio, this.original(modelOutput, sigma, sample)], [up, noise()]);
  }
}

/**
 * Splits a step from noise level σ to σ′ into a deterministic one to `down` and fresh noise of deviation `up`. Rounded to
 * float32 at each operation, as PyTorch does: where σ′ is much smaller than σ, nearly all of `down` is that rounding.
 */
export function ancestralStep(sigma: number, next: number): { up: number; down: number } {
  const square = (value: number) => fround(value * value);
  const [from, to] = [square(sigma), square(next)];
  const up = Math.min(next, fround(Math.sqrt(fround(fround(to * fround(from - to)) / from))));
  return { up, down: fround(Math.sqrt(Math.max(fround(to - square(up)), 0))) };
}
