/** Classifier-free guidance and its variants: away from what the network says without the prompt, towards what it says with it. */
import { quantileOfMagnitudes } from '../schedulers/threshold';

/** What a request says about guidance. */
export interface GuidanceSettings {
  readonly guidanceScale: number;
  readonly guidanceRescale: number;
  readonly guidanceInterval: readonly [from: number, to: number];
  readonly perpendicularNegative: number;
  readonly dynamicThresholding: number;
  readonly negativePrompt: string;
}

/** The network's answers that are mixed at one step. */
export interface Answers {
  readonly conditional: Float32Array;
  /** To the negative prompt; to an empty text where the negative prompt is `negative`. */
  readonly unconditional: Float32Array;
  /** Perp-Neg: to the negative prompt. */
  readonly negative?: Float32Array;
}

/**
 * Guidance is off at 1 and below, as in diffusers: 1 is the conditional answer alone, and distilled models say 0 for "no
 * guidance".
 */
export function needsUnconditional(scale: number): boolean {
  return scale > 1;
}

/** Perp-Neg asks the network three times: an empty negative prompt has nothing that is perpendicular. */
export function needsNegative({ perpendicularNegative, negativePrompt }: GuidanceSettings): boolean {
  return perpendicularNegative > 0 && negativePrompt !== '';
}

/** Does guidance act at `step` of `steps` (from 0)? Whole steps are cut out as diffusers' guiders do (`start`, `stop`). */
export function guidesAt([from, to]: GuidanceSettings['guidanceInterval'], step: number, steps: number): boolean {
  return step >= Math.trunc(from * steps) && step < Math.trunc(to * steps);
}

/**
 * `unconditional + scale · (conditional − unconditional)`, then rescaled towards the spread of the conditional answer.
 * Sources: Ho & Salimans 2022 (2207.12598), eq. 6; Lin et al. 2023 (2305.08891), section 3.4. With a `negative` answer the
 * direction loses the negative prompt's part perpendicular to it (Perp-Neg, Armandpour et al. 2023, 2304.04968, eq. 5).
 */
export function guided(answers: Answers, { guidanceScale: scale, guidanceRescale: rescale, perpendicularNegative: weight }: Pick<GuidanceSettings, 'guidanceScale' | 'guidanceRescale' | 'perpendicularNegative'>): Float32Array {
  const { conditional, unconditional, negative } = answers;
  const result = new Float32Array(conditional.length);
  if (negative) {
    const share = overlap(conditional, negative, unconditional);
    for (let i = 0; i < result.length; i++) {
      const towards = conditional[i]! - unconditional[i]!;
      const perpendicular = negative[i]! - unconditional[i]! - share * towards;
      result[i] = unconditional[i]! + scale * (towards - weight * perpendicular);
    }
  } else {
    for (let i = 0; i < result.length; i++) result[i] = unconditional[i]! + scale * (conditional[i]! - unconditional[i]!);
  }
  if (rescale === 0) return result;
  const ratio = deviation(conditional) / deviation(result);
  if (!Number.isFinite(ratio)) return result;
  const factor = rescale * ratio + (1 - rescale);
  for (let i = 0; i < result.length; i++) result[i] = result[i]! * factor;
  return result;
}

/**
 * Dynamic thresholding of a guided answer's x₀ (Saharia et al. 2022, 2205.11487, section 2.3): beyond the quantile `ratio` of
 * |x₀| it is clipped, and what is left is scaled back to the range.
 * @param original x₀ that the scheduler reads out of an answer; linear in the answer
 * @param conditional the answer without guidance, whose own quantile is the range of latents; `null` where x₀ is a picture, whose range is 1
 */
export function thresholded(answer: Float32Array, conditional: Float32Array | null, ratio: number, original: (answer: Float32Array) => Float32Array, gain: number): Float32Array {
  const clean = original(answer);
  const range = conditional ? quantileOfMagnitudes(original(conditional), ratio) : 1;
  const limit = quantileOfMagnitudes(clean, ratio);
  if (limit <= range) return conditional ? answer : clamped(answer, clean, range, range, gain);
  return clamped(answer, clean, limit, range, gain);
}

/** The answer whose x₀ is `clean` brought within ±limit and scaled to ±range; `gain` is x₀'s change per change of the answer. */
function clamped(answer: Float32Array, clean: Float32Array, limit: number, range: number, gain: number): Float32Array {
  return answer.map((value, i) => value + (Math.min(Math.max(clean[i]!, -limit), limit) * (range / limit) - clean[i]!) / gain);
}

/** ⟨a − o, b − o⟩ / |a − o|²: how far `b` goes along `a`, seen from `origin`. */
function overlap(a: Float32Array, b: Float32Array, origin: Float32Array): number {
  let product = 0;
  let square = 0;
  for (let i = 0; i < a.length; i++) {
    const direction = a[i]! - origin[i]!;
    product += direction * (b[i]! - origin[i]!);
    square += direction ** 2;
  }
  return square === 0 ? 0 : product / square;
}

function deviation(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  const mean = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - mean) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}
