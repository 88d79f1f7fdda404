/** Euler's method on dx/dσ = (x − x₀)/σ (Karras et al. 2022, 2206.00364, algorithm 2 without churn). Matches diffusers' `EulerDiscreteScheduler`. */
import { log } from '../noise/elementary';
import type { ConfigOf } from './config';
import { combine } from './numeric';
import { requirePrediction } from './prediction';
import type { SchedulerStep } from './scheduler';
import { sigmaSchedule } from './sigma-schedule';
import { SigmaScheduler } from './sigma-scheduler';

export class EulerScheduler extends SigmaScheduler {
  readonly className = 'EulerDiscreteScheduler';
  readonly order = 1;
  readonly isLinear = true;

  constructor(config: ConfigOf<'EulerDiscreteScheduler'>, steps: number, begin: number) {
    const { timesteps, sigmas, lowest } = sigmaSchedule(config, steps, config.interpolation_type);
    const walked = Float32Array.from([...sigmas, config.final_sigmas_type === 'sigma_min' ? lowest : 0]);
    // Models of continuous time (Playground, EDM) are told log σ / 4.
    const continuous = config.timestep_type === 'continuous' && config.prediction_type === 'v_prediction';
    super(config, continuous ? Array.from(walked.subarray(0, -1), (sigma) => Math.fround(0.25 * log(sigma))) : timesteps, walked, begin);
    requirePrediction(this.className, config.prediction_type, ['epsilon', 'v_prediction', 'sample', 'original_sample']);
  }

  step({ modelOutput, i, sample }: SchedulerStep): Float32Array {
    const sigma = this.sigmas[i]!;
    const ratio = this.sigmas[i + 1]! / sigma;
    // x + (x − x₀)/σ · (σ′ − σ)
    return combine([ratio, sample], [1 - ratio, this.original(modelOutput, sigma, sample)]);
  }
}
