/**
 * The way from a request to a picture, for every family of models: encode the prompt, start from noise, let the network
 * take it away step by step, decode. What differs between families is in the parts this calls.
 */
import type { GenerateRequest } from '../../prompt';
import { createNoise } from '../noise';
import type { Scheduler } from '../schedulers';
import { conditioned, planText, type TextEncoding, type TextRole } from '../text';
import { DiffusionError } from '../error';
import { mustBeFinite } from '../numeric-check';
import type { Denoiser } from './denoiser';
import { GuidedPrediction, planTexts, type GuidanceTexts } from './guided-prediction';
import { previewOf } from './latent-preview';
import { saveLatents } from './latent-files';
import { latentCount, latentShape, type LatentShape } from './latent-space';
import type { LoadedModel } from './loaded-model';
import { planesToRgb } from './planes';
import { schedulerFor } from './scheduler-for';
import { requestedTokens, type RequestedTokens } from './soft-tokens';
import { putBack, startingPoint } from './starting-point';

/** How a drawing tells of itself and is stopped. */
export interface DrawHooks {
  readonly signal?: AbortSignal;
  onPhase?(progress: { phase: 'loading' | 'encoding' | 'denoising' | 'decoding'; step: number; steps: number }): void;
  /** Offers what the network has in mind so far: RGB bytes, perhaps smaller than the picture, computed if asked for before this returns. */
  onPreview?(rgb: () => Uint8Array, width: number, height: number, step: number): void;
  /** Changes what a text became before the denoiser reads it: a measurement without the pooled vector, for one. */
  condition?(encoding: TextEncoding): TextEncoding;
  /** Lets messages in and out (`setImmediate`): runs block the thread, so a cancel arrives only here. */
  yieldNow?(): Promise<void>;
}

export interface Drawing {
  /** `[height, width, 3]`. */
  readonly rgb: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Final latents, `[channels, h, w]`. */
  readonly latents: Float32Array;
  /** Things worth telling, one line each. */
  readonly notes: readonly string[];
  /** How prompt weights acted, to be kept with the picture; `null` if the prompt has none to act. */
  readonly emphasis: string | null;
  /** Milliseconds; graphs that the memory tier opens late count where they are opened. */
  readonly timings: { readonly load: number; readonly encode: number; readonly denoise: number; readonly decode: number };
}

/** Draws one picture. Rejects with `DiffusionError`; `cancelled` if the signal aborts, at the latest after the step that is running. */
export async function draw(model: LoadedModel, request: GenerateRequest, hooks: DrawHooks): Promise<Drawing> {
  const notes = new Set<string>();
  const clock = stopwatch();
  const checkpoint = async () => {
    await hooks.yieldNow?.();
    if (hooks.signal?.aborted) throw new DiffusionError('cancelled', 'the drawing was cancelled');
  };

  hooks.onPhase?.({ phase: 'loading', step: 0, steps: 0 });
  await checkpoint();
  const shape = latentShape(model.folder, request); // [c, h, w]
  const soft = await requestedTokens(request);
  soft?.notes.forEach((note) => notes.add(note));
  await model.open(checkpoint, soft?.injection);
  const load = clock();

  hooks.onPhase?.({ phase: 'encoding', step: 0, steps: 0 });
  await checkpoint();
  const scheduler = schedulerFor(model.folder, request, shape);
  const texts = await readPrompts(model, request, scheduler, soft, hooks);
  const plans = [texts.prompt, texts.negative].filter((plan) => plan !== undefined);
  plans.flatMap((plan) => plan.notes).forEach((note) => notes.add(note));
  await model.finished('text');
  const encode = clock();

  const denoiser = await model.denoiser(soft?.injection);
  denoiser.mustTake(shape, request);
  tellUnused(denoiser, request, notes);
  const random = createNoise(request.rng, request.seed);
  const start = await startingPoint(model, request, shape, random, scheduler);
  const settings = { shape, size: { width: request.width, height: request.height }, guidanceScale: request.guidanceScale, extraChannels: start.extraChannels };
  if (denoiser.wholeTimesteps && scheduler.timesteps.some((t) => !Number.isInteger(t))) {
    notes.add('this graph takes whole timesteps only: fractional ones were rounded');
  }
  const prediction = new GuidedPrediction(denoiser, scheduler, texts, request, settings, model.folder.kind === 'icon');
  let latents = start.latents;
  const steps = Math.ceil((scheduler.timesteps.length - scheduler.begin) / scheduler.order);
  for (let i = scheduler.begin; i < scheduler.timesteps.length; i++) {
    const step = Math.floor((i - scheduler.begin) / scheduler.order);
    hooks.onPhase?.({ phase: 'denoising', step, steps });
    await checkpoint();
    const modelOutput = await prediction.at({ i, latents, step, steps });
    mustBeFinite(modelOutput, `the denoiser at step ${step + 1} of ${steps}`);
    const before = latents;
    hooks.onPreview?.(() => previewOf(model.folder.kind, scheduler.predictOriginal(modelOutput, i, before), shape), shape.width, shape.height, step + 1);
    latents = scheduler.step({ modelOutput, i, sample: latents, noise: () => random.randn(latentCount(shape)) });
    if (start.keep) latents = putBack(latents, start.keep, start.noise, scheduler, i + 1);
  }
  mustBeFinite(latents, `the ${scheduler.className} after step ${steps}`);
  await model.finished('denoiser');
  const denoise = clock();

  hooks.onPhase?.({ phase: 'decoding', step: 0, steps: 0 });
  await checkpoint();
  const rgb = await decode(model, latents, shape, request, notes);
  await model.finished('decoder');
  if (request.output.saveLatents !== null) await saveLatents(request.output.saveLatents, shape, start.noise, latents);
  const decodeTime = clock();
  return {
    rgb, width: request.width, height: request.height, latents, notes: [...notes],
    emphasis: plans.find((plan) => plan.emphasis !== null)?.emphasis ?? null,
    timings: { load, encode, denoise, decode: decodeTime },
  };
}

/** What the prompts say at every call. The denoiser is not open yet: under some tiers both do not fit. */
async function readPrompts(model: LoadedModel, request: GenerateRequest, scheduler: Scheduler, tokens: RequestedTokens | undefined, { condition }: DrawHooks): Promise<GuidanceTexts> {
  const text = await model.text();
  const settings = model.folder.kind === 'flux' ? { ...request, guidanceScale: 1 } : request; // told its scale, and never asked twice
  const plan = async (words: string, role: TextRole) => {
    const { text: said, soft } = tokens?.read(words, role) ?? { text: words };
    const plain = await planText(text, said, role, request, request.steps * scheduler.order);
    return soft ? conditioned(plain, (encoding) => ({ ...encoding, soft })) : plain;
  };
  return planTexts(settings, async (words, role) => (condition ? conditioned(await plan(words, role), condition) : plan(words, role)));
}

/** A model that is told its scale has one answer: nothing to mix. */
function tellUnused({ guidesItself }: Denoiser, request: GenerateRequest, notes: Set<string>): void {
  const asked = request.guidanceInterval.join() !== '0,1' || request.perpendicularNegative > 0 || request.dynamicThresholding > 0;
  if (guidesItself && asked) notes.add('this model guides itself: CFG interval, Perp-Neg and dynamic thresholding do nothing here');
}

async function decode(model: LoadedModel, latents: Float32Array, shape: LatentShape, { width, height }: GenerateRequest, notes: Set<string>): Promise<Uint8Array> {
  const planes = model.folder.kind === 'icon' ? latents : await (await model.decoder()).decode(latents, shape, { width, height }, (note) => notes.add(note));
  return planesToRgb(planes, width, height);
}

/** Milliseconds since the last call. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const passed = now - last;
    last = now;
    return passed;
  };
}
