/** What the network says at a step once guidance has acted: which texts it is asked about, and how its answers are mixed. */
import type { Scheduler } from '../schedulers';
import type { TextEncoding, TextPlan } from '../text';
import type { Denoiser, Question } from './denoiser';
import { guided, guidesAt, needsNegative, needsUnconditional, thresholded, type GuidanceSettings } from './guidance';

/** The texts of a picture, planned over its model calls. */
export interface GuidanceTexts {
  readonly prompt: TextPlan;
  /** The negative prompt, where guidance acts; beside `empty`, Perp-Neg's. */
  readonly negative?: TextPlan;
  readonly empty?: TextPlan;
}

/** Which texts a request needs; `plan` encodes one. */
export async function planTexts(request: GuidanceSettings & { readonly prompt: string }, plan: (text: string, role: 'prompt' | 'negative prompt') => Promise<TextPlan>): Promise<GuidanceTexts> {
  const prompt = await plan(request.prompt, 'prompt');
  if (!needsUnconditional(request.guidanceScale)) return { prompt };
  const negative = await plan(request.negativePrompt, 'negative prompt');
  return needsNegative(request) ? { prompt, negative, empty: await plan('', 'negative prompt') } : { prompt, negative };
}

/** The network with guidance, for all steps of one picture. */
export class GuidedPrediction {
  /** By call, from the scheduler's first: looked up before the walk, because between two runs of the network all code is cold. */
  private readonly encodings: readonly (readonly TextEncoding[])[];

  constructor(
    { guidesItself }: Pick<Denoiser, 'guidesItself'>,
    private readonly scheduler: Scheduler,
    { prompt, negative, empty }: GuidanceTexts,
    private readonly request: GuidanceSettings,
    /** Latents are the picture itself (no autoencoder). */
    private readonly inPixels: boolean,
  ) {
    const { begin, order, timesteps } = scheduler;
    const calls = timesteps.length - begin;
    this.encodings = Array.from({ length: calls }, (_, call) => {
      const guides = negative !== undefined && !guidesItself && guidesAt(request.guidanceInterval, Math.floor(call / order), Math.ceil(calls / order));
      const plans = !guides ? [prompt] : empty ? [prompt, empty, negative] : [prompt, negative];
      return plans.map((plan) => plan.at(call));
    });
  }

  /** What the network is asked at call `i`, an index into the scheduler's timesteps. */
  question(latents: Float32Array, i: number): Question {
    const { scheduler } = this;
    return { latents: scheduler.scaleModelInput(latents, i), encodings: this.encodings[i - scheduler.begin]! };
  }

  /** Factors of its answers where what they make is a plain sum of them (`guided` says the same); `null` where guidance does more. */
  factors(answers: number): readonly number[] | null {
    const { guidanceScale: scale, guidanceRescale, dynamicThresholding } = this.request;
    if (answers === 1) return [1];
    return answers === 2 && guidanceRescale === 0 && dynamicThresholding === 0 ? [scale, 1 - scale] : null;
  }

  /** What its answers make. */
  mixed([conditional, unconditional, perpendicular]: readonly Float32Array[], latents: Float32Array, i: number): Float32Array {
    const { scheduler, request } = this;
    if (!unconditional) return conditional!;
    const answer = guided({ conditional: conditional!, unconditional, ...(perpendicular && { negative: perpendicular }) }, request);
    if (request.dynamicThresholding === 0) return answer;
    const gain = scheduler.predictOriginal(Float32Array.of(1), i, Float32Array.of(0))[0]!;
    return thresholded(answer, this.inPixels ? null : conditional!, request.dynamicThresholding, (output) => scheduler.predictOriginal(output, i, latents), gain);
  }
}
