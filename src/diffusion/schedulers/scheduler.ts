/**
 * What a scheduler is to a pipeline: the list of model calls and the arithmetic between them. No model, no seeds, no
 * tensors with shapes: latents are flat `Float32Array`s, noise comes in from outside. One scheduler walks one picture once
 * (multistep methods remember earlier outputs): make a new one for the next picture.
 *
 *     const scheduler = createScheduler(config, { steps: 20, sampler: null, scheduleType: 'Automatic' });
 *     let sample = scale(noise.randn(n), scheduler.initNoiseSigma);          // image-to-image: scheduler.addNoise(original, noise, scheduler.begin)
 *     for (let i = scheduler.begin; i < scheduler.timesteps.length; i++) {
 *       const modelOutput = run(scheduler.scaleModelInput(sample, i), scheduler.timesteps[i]);
 *       sample = scheduler.step({ modelOutput, i, sample, noise: () => noise.randn(n) });
 *     }
 */
import type { Sampler, ScheduleType } from '../../prompt/request';

export interface SchedulerOptions {
  /** Steps as the user counts them; a second-order method calls the model twice per step. */
  steps: number;
  /** `null`: the class that the configuration names. */
  sampler: Sampler | null;
  scheduleType: ScheduleType;
  /** DDIM's and TCD's stochasticity, 0 to 1. Default 0. */
  eta?: number;
  /** Image-to-image: the part of the schedule that is walked, 0 to 1; decides `begin`. Default 1. */
  strength?: number;
  /** Models whose configuration says `use_dynamic_shifting`: number of latent patches of the picture (Flux: H/16 · W/16). */
  imageSequenceLength?: number;
  /** σ values to walk in place of the scheduler's own (Flux pipelines pass `linspace(1, 1/n, n)`); `FlowMatch…` classes only. */
  sigmas?: readonly number[];
  /**
   * The corrections that diffusers' `StableDiffusionPipeline` makes to the file (SD 1.x and 2.x, not SDXL):
   * `steps_offset` becomes 1, `clip_sample` false. Default false.
   */
  stableDiffusion?: boolean;
  /**
   * An LCM file's `strength` shortens the schedule that its steps are taken from, as in LCM's own pipelines; false where another
   * pipeline draws, which skips steps. Default true.
   */
  lcmStrength?: boolean;
  /**
   * Image-to-image by a pipeline of diffusion models, which truncates the steps to walk, also where the scheduler walks flow
   * levels (`use_flow_sigmas`) and pipelines of its own kind would truncate the steps to skip. Default false.
   */
  diffusionStrength?: boolean;
  /**
   * DPM++ SDE: a Brownian path over the noise levels `low` to `high`, of the seed that the configuration names or, for `null`,
   * of the picture's. `between` two levels it gives normal numbers of unit variance.
   */
  path?: (low: number, high: number, seed: number | null) => BrownianIncrements;
}

/** Noise that adds up: what lies between two levels is what lies between each and a third. */
export interface BrownianIncrements {
  between(from: number, to: number): Float32Array;
}

/** One call's worth of input to `Scheduler.step`. */
export interface SchedulerStep {
  /** What the model said: ε, v, x₀ or a flow velocity, as the configuration declares; guidance already applied. */
  modelOutput: Float32Array;
  /** Index into `timesteps`. */
  i: number;
  /** The latents that `scaleModelInput` was given. Not changed. */
  sample: Float32Array;
  /** Draws as many normal numbers as `sample` has elements; called only by the steps that need them, in diffusers' order. */
  noise: () => Float32Array;
}

export interface Scheduler {
  /** `discrete`: variance-preserving, timesteps 0 to 999. `flow`: straight paths; the timestep is 1000 σ. */
  readonly kind: 'discrete' | 'flow';
  /** The diffusers class whose numbers these are, e.g. `EulerDiscreteScheduler`. */
  readonly className: string;
  /** One entry per model call, in order; may be fractional. */
  readonly timesteps: readonly number[];
  /** First index to walk: 0, or later when `strength` is below 1. */
  readonly begin: number;
  /** Model calls per step; progress in the user's steps is `Math.floor(i / order)`. */
  readonly order: 1 | 2;
  /** Standard deviation of the latents before the first step; multiply the seed's noise by it. */
  readonly initNoiseSigma: number;
  /** Latents as the model wants to see them at call i. */
  scaleModelInput(sample: Float32Array, i: number): Float32Array;
  /** Latents after call i. Calls must come in order from `begin`. */
  step(step: SchedulerStep): Float32Array;
  /** The clean latents that the model has in mind at call i, for previews; does not advance anything. */
  predictOriginal(modelOutput: Float32Array, i: number, sample: Float32Array): Float32Array;
  /** Clean latents brought to the noise level of call i (image-to-image, inpainting). i = `timesteps.length` leaves them clean. */
  addNoise(original: Float32Array, noise: Float32Array, i: number): Float32Array;
}

/** A configuration or option that no scheduler here can honour: one line, what and what to do. */
export class SchedulerError extends Error {
  override readonly name = 'SchedulerError';
}
