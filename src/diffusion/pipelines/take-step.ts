/** One step of pictures on their way: the network is asked for all of them, and each is walked on by guidance and its scheduler. */
import type { GenerateRequest } from '../../prompt';
import { mustBeFinite } from '../numeric-check';
import type { Noise } from '../noise';
import type { Scheduler } from '../schedulers';
import type { LinearStep } from '../schedulers/linear-step';
import { combine, combineInto, type Term } from '../schedulers/numeric';
import type { TextPlan } from '../text';
import type { Denoiser, DenoiserSettings, Question } from './denoiser';
import type { GuidedPrediction } from './guided-prediction';
import { putBack, type StartingPoint } from './starting-point';

/** A picture on its way. */
export interface Picture {
  readonly request: GenerateRequest;
  readonly scheduler: Scheduler;
  readonly plans: readonly TextPlan[];
  readonly prediction: GuidedPrediction;
  readonly random: Noise;
  readonly start: StartingPoint;
  readonly notes: Set<string>;
  /** By call, from the scheduler's first: its step where that is a sum, `null` where it is not. */
  readonly sums: readonly (LinearStep | null)[];
  latents: Float32Array;
}

/** Calls the network for all pictures and walks each one step on: call `i`, an index into the schedulers' timesteps. */
export async function takeStep(pictures: readonly Picture[], denoiser: Denoiser, settings: DenoiserSettings, i: number, stage: string, show: (original: () => Float32Array) => void): Promise<void> {
  const questions = pictures.map(({ prediction, latents }) => prediction.question(latents, i));
  const answers = await denoiser.predictTogether(questions, pictures[0]!.scheduler.timesteps[i]!, settings);
  for (const [place, picture] of pictures.entries()) {
    const { scheduler, start } = picture;
    const shows = place === 0 ? show : () => undefined;
    const after = sumStep(picture, questions[place]!, answers[place]!, i, shows) ?? wholeStep(picture, answers[place]!, i, stage, shows);
    mustBeFinite(after, stage);
    picture.latents = start.keep ? putBack(after, start.keep, start.noise, scheduler, i + 1) : after;
  }
}

/** The step where guidance and scheduler are one weighted sum: one pass over the numbers in place of three, written over the first answer, which nobody wants any more. `null` where they are not. */
function sumStep({ scheduler, prediction, sums }: Picture, { latents }: Question, answers: readonly Float32Array[], i: number, show: (original: () => Float32Array) => void): Float32Array | null {
  const guidance = prediction.factors(answers.length);
  const step = sums[i - scheduler.begin];
  if (!guidance || !step) return null;
  const terms = ([sample, output]: readonly [number, number]): Term[] => [[sample, latents], ...guidance.map((factor, k): Term => [output * factor, answers[k]!])];
  show(() => combine(...terms(step.original)));
  return combineInto(answers[0]!, terms(step.after));
}

/** Any other step. */
function wholeStep({ scheduler, prediction, random, latents: sample }: Picture, answers: readonly Float32Array[], i: number, stage: string, show: (original: () => Float32Array) => void): Float32Array {
  const modelOutput = prediction.mixed(answers, sample, i);
  mustBeFinite(modelOutput, stage);
  show(() => scheduler.predictOriginal(modelOutput, i, sample));
  return scheduler.step({ modelOutput, i, sample, noise: () => random.randn(sample.length) });
}
