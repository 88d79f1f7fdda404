/** A copy against its original: the same requests drawn by both in turn, so that a busy machine slows both alike. */
import type { GenerateRequest } from '../../prompt';
import { draw, type DrawHooks } from '../pipelines/draw';
import type { LoadedModel } from '../pipelines/loaded-model';
import { compareDrawings, mean, median } from './compare-drawings';

export interface Measured {
  readonly quality: { pictures: number; steps: number; latentMean: number; latentMax: number; pictureMean: number; pictureMedian: number; pictureMax: number };
  /** Time of the original over time of the copy, as the median over pairs; milliseconds of a picture, denoising and decoding. */
  readonly speed: { ratio: number; original: number; copy: number };
}

/** As few as every scheduler takes: PNDM begins with a stretch of Runge–Kutta, unless its file says otherwise. */
const FEW_STEPS = 4;

export async function measureCopy(original: LoadedModel, copy: LoadedModel, requests: readonly GenerateRequest[], hooks: DrawHooks, onPair: (done: number) => void): Promise<Measured> {
  // Once each, untimed: graphs open, texts are encoded, memory is planned.
  for (const model of [original, copy]) await draw(model, { ...requests[0]!, steps: Math.min(FEW_STEPS, requests[0]!.steps) }, hooks);
  const pairs: { latent: number; picture: number; original: number; copy: number }[] = [];
  for (const [i, request] of requests.entries()) {
    onPair(i);
    // Who goes first changes from pair to pair.
    const order = i % 2 === 0 ? [original, copy] : [copy, original];
    const drawings = new Map<LoadedModel, Awaited<ReturnType<typeof draw>>>();
    for (const model of order) drawings.set(model, await draw(model, request, hooks));
    const [a, b] = [drawings.get(original)!, drawings.get(copy)!];
    const time = ({ timings }: typeof a) => timings.denoise + timings.decode;
    pairs.push({ ...compareDrawings(a, b), original: time(a), copy: time(b) });
  }
  const latents = pairs.map(({ latent }) => latent);
  const pictures = pairs.map(({ picture }) => picture);
  return {
    quality: {
      pictures: pairs.length, steps: requests[0]!.steps, latentMean: mean(latents), latentMax: Math.max(...latents), pictureMean: mean(pictures), pictureMedian: median(pictures), pictureMax: Math.max(...pictures),
    },
    speed: { ratio: median(pairs.map((pair) => pair.original / pair.copy)), original: median(pairs.map((pair) => pair.original)), copy: median(pairs.map((pair) => pair.copy)) },
  };
}
