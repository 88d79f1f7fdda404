/** What the network says at a step once guidance has acted: which texts it is asked about, and how its answers are mixed. */
import type { Scheduler } from '../schedulers';
import type { TextPlan } from '../text';
import type { Denoiser, DenoiserSettings, Question } from './denoiser';
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

export interface GuidedStep {
  /** Index into the scheduler's timesteps. */
  readonly i: number;
  readonly latents: Float32Array;
  readonly step: number;
  readonly steps: number;
}

/** The network with guidance, for all steps of one picture. */
export class GuidedPrediction {
  constructor(
    private readonly denoiser: Denoiser,
    private readonly scheduler: Scheduler,
    private readonly texts: GuidanceTexts,
    private readonly request: GuidanceSettings,
    private readonly settings: DenoiserSettings,
    /** Latents are the picture itself (no autoencoder). */
    private readonly inPixels: boolean,
  ) {}

  /** The model output for `Scheduler.step`. */
  async at(step: GuidedStep): Promise<Float32Array> {
    const { latents, encodings } = this.question(step);
    return this.mixed(await this.denoiser.predict(latents, this.scheduler.timesteps[step.i]!, encodings, this.settings), step);
  }

  /** What the network is asked. */
  question({ i, latents, step, steps }: GuidedStep): Question {
    const { denoiser, scheduler } = this;
    const { prompt, negative, empty } = this.texts;
    const guides = negative !== undefined && !denoiser.guidesItself && guidesAt(this.request.guidanceInterval, step, steps);
    const plans = !guides ? [prompt] : empty ? [prompt, empty, negative] : [prompt, negative];
    return { latents: scheduler.scaleModelInput(latents, i), encodings: plans.map((plan) => plan.at(i - scheduler.begin)) };
  }

  /** Factors of its answers where what they make is a plain sum of them (`guided` says the same); `null` where guidance does more. */
  factors(answers: number): readonly number[] | null {
    const { guidanceScale: scale, guidanceRescale, dynamicThresholding } = this.request;
    if (answers === 1) return [1];
    return answers === 2 && guidanceRescale === 0 && dynamicThresholding === 0 ? [scale, 1 - scale] : null;
  }

  /** What its answers make. */
  mixed([conditional, unconditional, perpendicular]: readonly Float32Array[], { i, latents }: GuidedStep): Float32Array {
    const { scheduler, request } = this;
    if (!unconditional) return conditional!;
    const answer = guided({ conditional: conditional!, unconditional, ...(perpendicular && { negative: perpendicular }) }, request);
    if (request.dynamicThresholding === 0) return answer;
    const gain = scheduler.predictOriginal(Float32Array.of(1), i, Float32Array.of(0))[0]!;
    return thresholded(answer, this.inPixels ? null : conditional!, request.dynamicThresholding, (output) => scheduler.predictOriginal(output, i, latents), gain);
  }
}
