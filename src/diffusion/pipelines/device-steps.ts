/**
 * The steps of a picture where its latents stay on the device: each run takes what the run before left there, and what comes back is
 * one number that says whether all is well, or a preview that somebody waits for. The sums are the scheduler's own
 * (`linearStep`), so the picture is the one that the processor would have made, up to rounding.
 */
import type { KeptValue } from '../../runtime';
import type { LinearStep } from '../schedulers/linear-step';
import type { Scheduler } from '../schedulers';
import type { TextEncoding } from '../text';
import type { Denoiser, DenoiserSettings } from './denoiser';
import type { GuidanceSettings } from './guidance';
import type { GuidanceTexts } from './guided-prediction';

export interface DevicePicture {
  readonly denoiser: Denoiser;
  readonly scheduler: Scheduler;
  readonly texts: GuidanceTexts;
  readonly request: GuidanceSettings;
  readonly settings: DenoiserSettings;
  /** By call, from the scheduler's first: its step where that is a sum. */
  readonly sums: readonly (LinearStep | null)[];
}

/** What a step gave back: the mean magnitude of the answer, and the latents or the clean picture in mind, if wanted. */
export interface DeviceStep {
  readonly magnitude: Float32Array;
  readonly shown: Float32Array | undefined;
}

export class DeviceSteps {
  private latents: KeptValue | undefined;

  private constructor(
    private readonly picture: DevicePicture,
    private readonly start: Float32Array,
    /** By call, from the scheduler's first. */
    private readonly factors: readonly LinearStep[],
    private readonly encodings: readonly (readonly TextEncoding[])[],
  ) {}

  /** `null` if any step of the picture is no plain sum, or if the graph takes none. */
  static for(picture: DevicePicture, start: Float32Array): DeviceSteps | null {
    const { denoiser, scheduler, texts: { prompt, negative, empty }, request } = picture;
    const plain = request.guidanceRescale === 0 && request.dynamicThresholding === 0 && request.guidanceInterval.join() === '0,1' && empty === undefined;
    if (!plain || picture.settings.extraChannels) return null;
    const plans = negative && !denoiser.guidesItself ? [prompt, negative] : [prompt];
    const calls = Array.from({ length: scheduler.timesteps.length - scheduler.begin }, (_, call) => call);
    const encodings = calls.map((call) => plans.map((plan) => plan.at(call)));
    if (!encodings.every((rows) => denoiser.takesSteps(rows))) return null;
    const factors = picture.sums;
    return factors.every((factor) => factor !== null) ? new DeviceSteps(picture, start, factors, encodings) : null;
  }

  /** Takes the step of call `i`. The last one always shows the latents, any other the clean picture in mind if `shows`. */
  async take(i: number, shows: boolean): Promise<DeviceStep> {
    const { denoiser, scheduler, request, settings } = this.picture;
    const call = i - scheduler.begin;
    const isLast = i === scheduler.timesteps.length - 1;
    const { next, after, original } = this.factors[call]!;
    const before = this.latents;
    const { next: kept, ...step } = await denoiser.step(
      before ?? scheduler.scaleModelInput(this.start, i), scheduler.timesteps[i]!, this.encodings[call]!, settings,
      { next, shown: isLast ? after : original, guidanceScale: request.guidanceScale }, shows || isLast,
    );
    this.latents = kept;
    before?.dispose();
    return step;
  }

  dispose(): void {
    this.latents?.dispose();
    this.latents = undefined;
  }
}
