/** The loop of a pipeline, with a model that a test knows everything about. */
import type { Scheduler } from '../schedulers';

/** What the model says at a call about latents that `scaleModelInput` has not touched. */
export type Answer = (sample: Float32Array, i: number) => Float32Array;

/** The latents after `calls` calls (all of them by default), without noise: one that asks for some fails. */
export function walk(scheduler: Scheduler, start: Float32Array, answer: Answer, calls = scheduler.timesteps.length): Float32Array {
  let sample = start;
  for (let i = scheduler.begin; i < calls; i++) sample = scheduler.step({ modelOutput: answer(sample, i), i, sample, noise: refuse });
  return sample;
}

/** Noise for steps that need none. */
export function refuse(): never {
  throw new Error('no noise is needed here');
}

/** Outputs that jump from call to call. */
const JUMPS = [1, -2, 4, -1, 3, 5];

/** Which of the newest three outputs at call i change the latents after it, 0 the newest; `make` gives a new scheduler of at least i + 1 calls. */
export function looksBack(make: () => Scheduler, i: number): number[] {
  const after = (changed: number) => {
    const scheduler = make();
    let latents: Float32Array = new Float32Array();
    for (let call = 0; call <= i; call++) latents = scheduler.step({ modelOutput: Float32Array.of(JUMPS[call]! + (call === changed ? 1 : 0)), i: call, sample: Float32Array.of(1), noise: refuse });
    return latents[0]!;
  };
  return [0, 1, 2].filter((back) => after(i - back) !== after(-1));
}

/**
 * How a method's error falls as its steps halve: about its order. Data are a Gaussian of unit variance around 0, of which the best
 * x₀ is x/(1 + σ²) and the walk from σ = 10 to σ = 0.1 is x √(1 + 0.1²)/√(1 + 10²), in latents x₀ + σ ε.
 *
 *  @param end what the method makes of x = 10 in so many steps, spaced evenly in log σ, at σ = 0.1
 */
export function orderOf(end: (steps: number) => number): number {
  const exact = (10 * Math.sqrt(1.01)) / Math.sqrt(101);
  const error = (steps: number) => Math.abs(end(steps) - exact);
  return Math.log2(error(20) / error(40));
}

/** The fields that space so many levels evenly in log σ for `orderOf`; level k is `gaussianSigma(k / (levels − 1))`. */
export const GAUSSIAN_WALK = { use_exponential_sigmas: true, sigma_min: 0.1, sigma_max: 10 };
/** σ at a part of the way from 10 to 0.1. */
export const gaussianSigma = (part: number) => 10 * 0.01 ** part;
