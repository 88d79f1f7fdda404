/**
 * What the multistep exponential integrators share (DPM-Solver, UniPC): latents α x₀ + σ ε of unit variance, walked in
 * λ = log(α/σ), over the noise levels of a variance-preserving or (with `use_flow_sigmas`) a flow-matching model.
 */
import { exp, log } from '../noise/elementary';
import { alphasCumprod, positiveAlphasCumprod, trainingSigmas } from './alphas';
import type { BetaConfig, ConfigOf } from './config';
import { dynamicMu, shiftSigma } from './flow-shift';
import { combine, interpolate, linspace, roundHalfEven } from './numeric';
import { noiseReading, originalReading, requirePrediction } from './prediction';
import type { Scheduler, SchedulerStep } from './scheduler';
import { logOf, shapeSigmas, sigmaToTimestep } from './sigma-shapes';
import { threshold } from './threshold';

type MultistepConfig = Pick<ConfigOf<'DPMSolverMultistepScheduler'>, keyof ConfigOf<'DPMSolverMultistepScheduler'> & keyof ConfigOf<'UniPCMultistepScheduler'> & string>;
/** What decides a schedule, whichever solver walks it. */
type ScheduleConfig = Omit<MultistepConfig, 'solver_type' | 'timestep_spacing' | 'steps_offset' | 'solver_order' | 'lower_order_final'>;

/** A noise level as signal, noise and half the log of their ratio squared. */
export interface Level {
  alpha: number;
  sigma: number;
  lambda: number;
}

/** Noise levels with the one after the last step, and the whole timesteps they belong to. */
export interface MultistepSchedule {
  timesteps: number[];
  sigmas: Float32Array;
}

export abstract class LambdaScheduler implements Scheduler {
  readonly kind: 'discrete' | 'flow';
  readonly order = 1;
  readonly initNoiseSigma = 1;
  abstract readonly className: string;
  readonly timesteps: readonly number[];
  protected readonly sigmas: Float32Array;

  constructor(private readonly settings: ScheduleConfig, schedule: MultistepSchedule, readonly begin: number) {
    requirePrediction('A multistep solver', settings.prediction_type, ['epsilon', 'v_prediction', 'sample', 'flow_prediction']);
    this.kind = settings.use_flow_sigmas ? 'flow' : 'discrete';
    this.timesteps = schedule.timesteps;
    this.sigmas = schedule.sigmas;
  }

  abstract step(step: SchedulerStep): Float32Array;

  scaleModelInput(sample: Float32Array): Float32Array {
    return sample;
  }

  predictOriginal(modelOutput: Float32Array, i: number, sample: Float32Array): Float32Array {
    const { alpha, sigma } = this.level(i);
    const reading = originalReading(this.settings.prediction_type, alpha, sigma);
    return combine([reading.sample, sample], [reading.output, modelOutput]);
  }

  addNoise(original: Float32Array, noise: Float32Array, i: number): Float32Array {
    if (i >= this.timesteps.length) return original;
    const { alpha, sigma } = this.level(i);
    return combine([alpha, original], [sigma, noise]);
  }

  protected level(i: number): Level {
    const sigma = this.sigmas[i]!;
    const alpha = this.settings.use_flow_sigmas ? 1 - sigma : 1 / Math.sqrt(sigma ** 2 + 1);
    const noise = this.settings.use_flow_sigmas ? sigma : sigma * alpha;
    return { alpha, sigma: noise, lambda: log(alpha) - log(noise) };
  }

  /** x₀ at call i, thresholded if the configuration says so. */
  protected original(modelOutput: Float32Array, i: number, sample: Float32Array): Float32Array {
    const original = this.predictOriginal(modelOutput, i, sample);
    return this.settings.thresholding ? threshold(original, this.settings) : original;
  }

  /** ε at call i after its x₀ was thresholded, if the configuration says so. */
  protected noiseThresholded(modelOutput: Float32Array, i: number, sample: Float32Array): Float32Array {
    if (!this.settings.thresholding) return this.noiseOf(modelOutput, i, sample);
    const { alpha, sigma } = this.level(i);
    return combine([1 / sigma, sample], [-alpha / sigma, this.original(modelOutput, i, sample)]);
  }

  /** ε at call i. */
  protected noiseOf(modelOutput: Float32Array, i: number, sample: Float32Array): Float32Array {
    const { alpha, sigma } = this.level(i);
    const reading = noiseReading(this.settings.prediction_type, alpha, sigma);
    return combine([reading.sample, sample], [reading.output, modelOutput]);
  }
}

/** The schedule of a variance-preserving model. `spaced`: the timesteps that plain spacing gives; `roundKarras`: whether Karras' are rounded. */
export function discreteSchedule(
  config: ScheduleConfig,
  spaced: number[],
  steps: number,
  options: { roundKarras: boolean; endOfShape: boolean },
): MultistepSchedule {
  const trained = trainingSigmas(positiveAlphasCumprod(config));
  const logSigmas = logOf(trained);
  const shaped = shapeSigmas(config, Float32Array.from(trained).reverse(), steps);
  const sigmas = shaped ?? spaced.map((timestep) => interpolate(timestep, trained));
  const round = config.use_karras_sigmas && options.roundKarras ? roundHalfEven : Math.trunc;
  const timesteps = shaped === null ? spaced : shaped.map((sigma) => round(sigmaToTimestep(sigma, logSigmas)));
  const lowest = shaped !== null && options.endOfShape ? shaped[shaped.length - 1]! : trained[0]!;
  return { timesteps: timesteps.map(Math.trunc), sigmas: withEnd(config, sigmas, lowest) };
}

/** σ as float32 with the level after the last step. */
export function withEnd(config: Pick<MultistepConfig, 'final_sigmas_type'>, sigmas: readonly number[], lowest: number): Float32Array {
  return Float32Array.from([...sigmas, config.final_sigmas_type === 'sigma_min' ? lowest : 0]);
}

/** "Lu lambdas" (Lu et al. 2022, 2211.01095): even steps in log σ, between float32 ends; timesteps rounded. */
export function luSchedule(config: ScheduleConfig, steps: number): MultistepSchedule {
  const trained = trainingSigmas(positiveAlphasCumprod(config));
  const logSigmas = logOf(trained);
  const sigmas = linspace(logSigmas[logSigmas.length - 1]!, logSigmas[0]!, steps).map(exp);
  const timesteps = sigmas.map((sigma) => sigmaToTimestep(sigma, logSigmas));
  return { timesteps: timesteps.map(config.beta_schedule === 'squaredcos_cap_v2' ? Math.trunc : roundHalfEven), sigmas: withEnd(config, sigmas, trained[0]!) };
}

/** Even steps in σ of a flow-matching model, shifted; shaped if the configuration says so. */
export function evenFlowSchedule(config: ScheduleConfig, steps: number, { imageSequenceLength, endOfShape }: { imageSequenceLength: number | undefined; endOfShape: boolean }): MultistepSchedule {
  const shift = config.use_dynamic_shifting ? exp(dynamicMu(config, imageSequenceLength)) : config.flow_shift;
  const even = linspace(1, 1 / config.num_train_timesteps, steps + 1).map((alpha) => shiftSigma(1 - alpha, shift)).reverse().slice(0, -1);
  // diffusers would take other shapes from the table of a diffusion model, where σ exceeds 1; ours shape the flow's own.
  const sigmas = shapeSigmas(config, even, steps) ?? even;
  // DPM-Solver takes the lowest level from the table of a diffusion model here too.
  const lowest = endOfShape ? (sigmas[sigmas.length - 1] ?? 0) : trainingSigmas(positiveAlphasCumprod(config))[0]!;
  return { timesteps: sigmas.map((sigma) => Math.trunc(sigma * config.num_train_timesteps)), sigmas: withEnd(config, sigmas, lowest) };
}

/** One past the highest timestep whose λ is not below `lambda_min_clipped`. */
export function lastTimestep(config: BetaConfig & { readonly lambda_min_clipped: number }): number {
  const alphas = alphasCumprod(config);
  const below = alphas.filter((alphaBar) => Math.fround(log(Math.sqrt(alphaBar)) - log(Math.sqrt(1 - alphaBar))) < config.lambda_min_clipped);
  return config.num_train_timesteps - below.length;
}
