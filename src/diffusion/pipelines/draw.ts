/**
 * The way from a request to a picture, for every family of models: encode the prompt, start from noise, let the network
 * take it away step by step, decode. What differs between families is in the parts this calls.
 */
import type { GenerateRequest } from '../../prompt';
import { createNoise } from '../noise';
import type { Scheduler } from '../schedulers';
import { linearStep } from '../schedulers/linear-step';
import { conditioned, planText, type TextEncoding, type TextRole } from '../text';
import { DiffusionError } from '../error';
import { mustBeFinite } from '../numeric-check';
import type { Denoiser, DenoiserSettings } from './denoiser';
import { DeviceSteps } from './device-steps';
import { GuidedPrediction, planTexts, type GuidanceTexts } from './guided-prediction';
import { previewOf } from './latent-preview';
import { saveLatents } from './latent-files';
import { latentShape } from './latent-space';
import type { LoadedModel } from './loaded-model';
import { planesToRgb } from './planes';
import { schedulerFor } from './scheduler-for';
import { requestedAdapters, type RequestedAdapters } from './requested-adapters';
import { startingPoint } from './starting-point';
import { takeStep, type Picture } from './take-step';

/** How a drawing tells of itself and is stopped. */
export interface DrawHooks {
  readonly signal?: AbortSignal;
  onPhase?(progress: { phase: 'loading' | 'encoding' | 'denoising' | 'decoding'; step: number; steps: number }): void;
  /** Offers what the network has in mind so far: RGB bytes, perhaps smaller than the picture, computed if asked for before this returns. */
  onPreview?(rgb: () => Uint8Array, width: number, height: number, step: number): void;
  /** Would a preview be taken now? Latents that stay on a device are brought back only for one that is. */
  wantsPreview?(): boolean;
  /** Changes what a text became before the denoiser reads it: a measurement without the pooled vector, for one. */
  condition?(encoding: TextEncoding): TextEncoding;
  /** Lets messages in and out (`setImmediate`): runs block the thread. Asked between steps, as soon as the last time is some milliseconds ago. */
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

/** Milliseconds. Steps of small models are shorter than it pays to let messages in after each. */
const YIELD_AFTER = 100;

/** Draws one picture. Rejects with `DiffusionError`; `cancelled` if the signal aborts: after the step that is running, or up to `YIELD_AFTER` later where steps are shorter. */
export async function draw(model: LoadedModel, request: GenerateRequest, hooks: DrawHooks): Promise<Drawing> {
  return (await drawTogether(model, [request], hooks))[0]!;
}

/**
 * Draws pictures that `mayDrawTogether`, each the same as alone: their calls of the network are batched where that gives the same
 * bytes. Previews show the first. Times are each picture's share. Rejects as `draw` does, for all of them.
 */
export async function drawTogether(model: LoadedModel, requests: readonly GenerateRequest[], hooks: DrawHooks): Promise<Drawing[]> {
  const [first] = requests as [GenerateRequest, ...GenerateRequest[]];
  const shared = new Set<string>();
  const clock = stopwatch();
  let yielded = performance.now();
  const checkpoint = async () => {
    if (performance.now() - yielded > YIELD_AFTER) {
      await hooks.yieldNow?.();
      yielded = performance.now();
    }
    if (hooks.signal?.aborted) throw new DiffusionError('cancelled', 'the drawing was cancelled');
  };

  hooks.onPhase?.({ phase: 'loading', step: 0, steps: 0 });
  await checkpoint();
  const shape = latentShape(model.folder, first); // [c, h, w]
  const soft = await requestedAdapters(first);
  soft?.notes.forEach((note) => shared.add(note));
  await model.open(shape, checkpoint, soft?.injection);
  const load = clock();

  hooks.onPhase?.({ phase: 'encoding', step: 0, steps: 0 });
  await checkpoint();
  const texts: { scheduler: Scheduler; texts: GuidanceTexts }[] = [];
  for (const request of requests) {
    const scheduler = schedulerFor(model.folder, request, shape);
    texts.push({ scheduler, texts: await readPrompts(model, request, scheduler, soft, hooks) });
  }
  await model.finished('text');
  const encode = clock();

  const denoiser = await model.denoiser(soft?.injection);
  if (soft) model.adapterNotes(soft.injection).forEach((note) => shared.add(note));
  denoiser.mustTake(shape, first);
  model.notes.forEach((note) => shared.add(note));
  tellUnused(denoiser, first, shared);
  const { scheduler } = texts[0]!;
  if (denoiser.wholeTimesteps && scheduler.timesteps.some((t) => !Number.isInteger(t))) {
    shared.add('this graph takes whole timesteps only: fractional ones were rounded');
  }
  const pictures: Picture[] = [];
  let settings: DenoiserSettings | undefined;
  for (const [place, request] of requests.entries()) {
    const { scheduler: itsOwn, texts: own } = texts[place]!;
    const random = createNoise(request.rng, request.seed);
    const start = await startingPoint(model, denoiser, request, shape, random, itsOwn);
    settings ??= { shape, size: { width: request.width, height: request.height }, guidanceScale: request.guidanceScale, extraChannels: start.extraChannels };
    const prediction = new GuidedPrediction(denoiser, itsOwn, own, request, model.folder.kind === 'icon');
    const plans = [own.prompt, own.negative].filter((plan) => plan !== undefined);
    const sums = itsOwn.timesteps.slice(itsOwn.begin).map((_, call) => linearStep(itsOwn, itsOwn.begin + call));
    pictures.push({ request, scheduler: itsOwn, sums, plans, prediction, random, start, notes: new Set([...shared, ...plans.flatMap((plan) => plan.notes)]), latents: start.latents });
  }
  const steps = Math.ceil((scheduler.timesteps.length - scheduler.begin) / scheduler.order);
  const inGraph = pictures.length === 1 && pictures[0]!.start.keep === null ? DeviceSteps.for({ denoiser, scheduler, texts: texts[0]!.texts, request: first, settings: settings!, sums: pictures[0]!.sums }, pictures[0]!.latents) : null;
  try {
    for (let i = scheduler.begin; i < scheduler.timesteps.length; i++) {
      const step = Math.floor((i - scheduler.begin) / scheduler.order);
      hooks.onPhase?.({ phase: 'denoising', step, steps });
      await checkpoint();
      const stage = `the denoiser at step ${step + 1} of ${steps}`;
      const show = (original: () => Float32Array) => hooks.onPreview?.(() => previewOf(model.folder.kind, original(), shape), shape.width, shape.height, step + 1);
      if (inGraph) {
        const { magnitude, shown } = await inGraph.take(i, hooks.onPreview !== undefined && (hooks.wantsPreview?.() ?? true));
        mustBeFinite(magnitude, stage);
        if (shown) pictures[0]!.latents = shown;
        if (shown) show(() => shown);
      } else {
        await takeStep(pictures, denoiser, settings!, i, stage, show);
      }
    }
  } finally {
    inGraph?.dispose();
  }
  for (const { latents } of pictures) mustBeFinite(latents, `the ${scheduler.className} after step ${steps}`);
  await model.finished('denoiser');
  const denoise = clock();

  hooks.onPhase?.({ phase: 'decoding', step: 0, steps: 0 });
  const drawn: Omit<Drawing, 'timings'>[] = [];
  for (const { request, latents, start, plans, notes } of pictures) {
    await checkpoint();
    const rgb = planesToRgb(await model.decodeLatents(latents, shape, request, (note) => notes.add(note)), request.width, request.height);
    if (request.output.saveLatents !== null) await saveLatents(request.output.saveLatents, shape, start.noise, latents);
    drawn.push({ rgb, width: request.width, height: request.height, latents, notes: [...notes], emphasis: plans.find((plan) => plan.emphasis !== null)?.emphasis ?? null });
  }
  await model.finished('decoder');
  const [count, decodeTime] = [pictures.length, clock()];
  return drawn.map((picture) => ({ ...picture, timings: { load: load / count, encode: encode / count, denoise: denoise / count, decode: decodeTime / count } }));
}

/** What the prompts say at every call. The denoiser is not open yet: under some tiers both do not fit. */
async function readPrompts(model: LoadedModel, request: GenerateRequest, scheduler: Scheduler, tokens: RequestedAdapters | undefined, { condition }: DrawHooks): Promise<GuidanceTexts> {
  const text = await model.text(tokens?.injection);
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
