/**
 * FlowEdit (Kulikov et al. 2024, 2412.08629, algorithm 1, n_avg = 1): a picture is carried from what one prompt says of it to
 * what another says, along the difference of the two directions that the network gives, without inverting it into noise.
 *
 *     z_t^src = z_src brought to noise level σ;   z_t = z + z_t^src − z_src;   z ← z + (σ′ − σ)(d_target − d_source)
 *
 * Flow models: z_t^src = (1 − σ) z_src + σ ε and d is the velocity. Models that predict ε or v: the same on x/√ᾱ, where
 * z_t^src = z_src + σ ε with σ = √((1 − ᾱ)/ᾱ) and d is ε. In both, d = (z_t − x₀)/σ.
 */
import type { EditRequest } from '../../prompt';
import { createNoise } from '../noise';
import type { Scheduler } from '../schedulers';
import { conditioned, planText, type TextPlan, type TextRole } from '../text';
import { mustBeFinite } from '../numeric-check';
import type { Denoiser, DenoiserSettings } from '../pipelines/denoiser';
import type { DrawHooks, Drawing } from '../pipelines/draw';
import { guided, needsUnconditional } from '../pipelines/guidance';
import { previewOf } from '../pipelines/latent-preview';
import { saveLatents } from '../pipelines/latent-files';
import { latentCount, latentShape } from '../pipelines/latent-space';
import type { LoadedModel } from '../pipelines/loaded-model';
import { planesToRgb } from '../pipelines/planes';
import { schedulerFor } from '../pipelines/scheduler-for';
import { requestedAdapters, type RequestedAdapters } from '../pipelines/requested-adapters';
import { readPlanes } from '../pipelines/starting-point';
import { DiffusionError } from '../error';

/** Edits one picture. Rejects with `DiffusionError`; `cancelled` if the signal aborts, at the latest after the step that is running. */
export async function flowEdit(model: LoadedModel, { target, source, nStart }: EditRequest, hooks: DrawHooks): Promise<Drawing> {
  const times = [performance.now()];
  const lap = () => times.push(performance.now());
  const checkpoint = async () => {
    await hooks.yieldNow?.();
    if (hooks.signal?.aborted) throw new DiffusionError('cancelled', 'the edit was cancelled');
  };
  hooks.onPhase?.({ phase: 'loading', step: 0, steps: 0 });
  await checkpoint();
  const shape = latentShape(model.folder, target); // [c, h, w]
  const tokens = await requestedAdapters(target);
  await model.open(shape, checkpoint, tokens?.injection);
  lap();

  hooks.onPhase?.({ phase: 'encoding', step: 0, steps: 0 });
  await checkpoint();
  const scheduler = schedulerFor(model.folder, { ...target, init: null }, shape);
  const sides = await readSides(model, { target, source, nStart }, scheduler, tokens);
  await model.finished('text');
  const denoiser = await model.denoiser(tokens?.injection);
  denoiser.mustTake(shape, target);
  const random = createNoise(target.rng, target.seed);
  const randn = (count: number) => random.randn(count);
  const original = await model.encodePicture(await readPlanes(target.init!.path, target), target, shape, randn);
  lap();

  const notes = new Set([...(tokens?.notes ?? []), ...(tokens ? model.adapterNotes(tokens.injection) : []), ...[...sides.source.plans, ...sides.target.plans].flatMap((plan) => plan.notes)]);
  if (denoiser.wholeTimesteps && scheduler.timesteps.some((t) => !Number.isInteger(t))) notes.add('this graph takes whole timesteps only: fractional ones were rounded');
  const settings = { shape, size: { width: target.width, height: target.height } };
  const first = scheduler.timesteps.length - nStart;
  let latents = original;
  let noise = original;
  for (let i = first; i < scheduler.timesteps.length; i++) {
    hooks.onPhase?.({ phase: 'denoising', step: i - first, steps: nStart });
    await checkpoint();
    noise = randn(latentCount(shape));
    const noisySource = scheduler.addNoise(original, noise, i);
    const noisyTarget = latents.map((value, j) => value + noisySource[j]! - original[j]!);
    const level = levelOf(scheduler, i);
    const from = await direction({ denoiser, scheduler, i, level, sample: noisySource, side: sides.source, settings });
    const to = await direction({ denoiser, scheduler, i, level, sample: noisyTarget, side: sides.target, settings });
    const step = levelOf(scheduler, i + 1) - level;
    latents = latents.map((value, j) => value + step * (to[j]! - from[j]!));
    mustBeFinite(latents, `the edit at step ${i - first + 1} of ${nStart}`);
    const now = latents;
    hooks.onPreview?.(() => previewOf(model.folder.kind, now, shape), shape.width, shape.height, i - first + 1);
  }
  await model.finished('denoiser');
  lap();

  hooks.onPhase?.({ phase: 'decoding', step: 0, steps: 0 });
  await checkpoint();
  const planes = await model.decodeLatents(latents, shape, target);
  await model.finished('decoder');
  if (target.output.saveLatents !== null) await saveLatents(target.output.saveLatents, shape, noise, latents);
  lap();
  const [load, encode, denoise, decode] = times.slice(1).map((time, i) => time - times[i]!) as [number, number, number, number];
  return {
    rgb: planesToRgb(planes, target.width, target.height), width: target.width, height: target.height, latents, notes: [...notes],
    emphasis: sides.target.plans[0].emphasis,
    timings: { load, encode, denoise, decode },
  };
}

/** What one of the two prompts asks of the network: its own text, and the negative one where guidance needs it. */
interface Side {
  readonly plans: readonly [prompt: TextPlan, ...negative: TextPlan[]];
  readonly guidanceScale: number;
}

/** A token that a prompt names acts in it; one that neither names, in both. */
async function readSides(model: LoadedModel, { target, source }: EditRequest, scheduler: Scheduler, tokens: RequestedAdapters | undefined): Promise<{ source: Side; target: Side }> {
  const text = await model.text(tokens?.injection);
  const plan = async (words: string, role: TextRole) => {
    const { text: said, soft } = tokens?.read(words, role) ?? { text: words };
    const plain = await planText(text, said, role, target, scheduler.timesteps.length);
    return soft ? conditioned(plain, (encoding) => ({ ...encoding, soft })) : plain;
  };
  const side = async (prompt: string, guidanceScale: number): Promise<Side> => {
    const guides = needsUnconditional(guidanceScale) && model.folder.kind !== 'flux'; // Flux is told its scale
    return { guidanceScale, plans: [await plan(prompt, 'prompt'), ...(guides ? [await plan(target.negativePrompt, 'negative prompt')] : [])] };
  };
  return { source: await side(source.prompt, source.guidanceScale), target: await side(target.prompt, target.guidanceScale) };
}

interface Look {
  readonly denoiser: Denoiser;
  readonly scheduler: Scheduler;
  readonly i: number;
  readonly level: number;
  readonly sample: Float32Array;
  readonly side: Side;
  readonly settings: Omit<DenoiserSettings, 'guidanceScale'>;
}

/** (sample − x₀)/σ, guided. */
async function direction({ denoiser, scheduler, i, level, sample, side: { plans, guidanceScale }, settings }: Look): Promise<Float32Array> {
  const encodings = (denoiser.guidesItself ? plans.slice(0, 1) : plans).map((plan) => plan.at(i));
  const [conditional, unconditional] = await denoiser.predict(scheduler.scaleModelInput(sample, i), scheduler.timesteps[i]!, encodings, { ...settings, guidanceScale });
  const answer = unconditional ? guided({ conditional: conditional!, unconditional }, { guidanceScale, guidanceRescale: 0, perpendicularNegative: 0 }) : conditional!;
  const clean = scheduler.predictOriginal(answer, i, sample);
  return sample.map((value, j) => (value - clean[j]!) / level);
}

/** σ at call i, 0 after the last: how a scheduler brings pure noise to it. */
function levelOf(scheduler: Scheduler, i: number): number {
  return scheduler.addNoise(Float32Array.of(0), Float32Array.of(1), i)[0]!;
}
