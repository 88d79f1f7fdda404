/**
 * Where the walk from noise to picture starts: at pure noise, or part of the way from a picture that goes in. Random
 * numbers are drawn in the order of diffusers' pipelines, so that a seed means the same in both.
 */
import type { GenerateRequest } from '../../prompt';
import type { Noise } from '../noise';
import type { Scheduler } from '../schedulers';
import { combine } from '../schedulers/numeric';
import { DiffusionError } from '../error';
import type { Denoiser } from './denoiser';
import { latentCount, type LatentShape, type Size } from './latent-space';
import type { LoadedModel } from './loaded-model';
import { readNoise } from './latent-files';
import { rgbToPlanes } from './planes';

export interface StartingPoint {
  /** Standard normal numbers: the seed's, or a file's. */
  readonly noise: Float32Array;
  readonly latents: Float32Array;
  /** Inpainting on a model that was not made for it: after each step, what is masked out is put back. */
  readonly keep: Keep | null;
  /** Inpainting on a model that was: mask and masked picture go in with the latents. */
  readonly extraChannels: Float32Array | undefined;
}

interface Keep {
  /** Clean latents of the picture that goes in. */
  readonly original: Float32Array;
  /** One value per latent position: 1 is drawn anew, 0 is kept. */
  readonly mask: Float32Array;
}

/** `denoiser`: the one that is to draw. */
export async function startingPoint(model: LoadedModel, denoiser: Denoiser, request: GenerateRequest, shape: LatentShape, random: Noise, scheduler: Scheduler): Promise<StartingPoint> {
  const randn = (count: number) => random.randn(count);
  const count = latentCount(shape);
  const isInpainting = (denoiser.inputChannels ?? shape.channels) === 2 * shape.channels + 1;
  if (request.mask && !request.init) throw new DiffusionError('bad-request', 'a mask needs the picture it belongs to; add Init: with its path');
  if (isInpainting && !request.mask) throw new DiffusionError('bad-request', `${model.folder.id} is an inpainting model; add Init: and Mask:`);
  const picture = request.init && (await readPlanes(request.init.path, request));
  // A full-strength repaint starts at noise, but a model without mask channels still needs the original to put back.
  const encodes = picture && !(isInpainting && request.denoisingStrength === 1);
  const original = encodes ? await model.encodePicture(picture, request, shape, randn) : null;
  const noise = request.output.noise === null ? randn(count) : await readNoise(request.output.noise, shape);
  const fromNoise = original === null || (request.mask !== null && request.denoisingStrength === 1);
  const latents = fromNoise ? combine([scheduler.initNoiseSigma, noise]) : scheduler.addNoise(original, noise, scheduler.begin);
  if (!picture || !request.mask) return { noise, latents, keep: null, extraChannels: undefined };

  const pixelMask = await readMask(request.mask.path, request);
  const mask = shrunk(pixelMask, request, shape);
  // diffusers encodes the masked picture whether or not the network takes it, which moves the seed's stream on.
  const masked = await model.encodePicture(picture.map((value, i) => (pixelMask[i % pixelMask.length]! < 0.5 ? value : 0)), request, shape, randn);
  if (!isInpainting) return { noise, latents, keep: original && { original, mask }, extraChannels: undefined };
  const extraChannels = new Float32Array(mask.length + masked.length);
  extraChannels.set(mask);
  extraChannels.set(masked, mask.length);
  return { noise, latents, keep: null, extraChannels };
}

/** Puts the original, brought to the noise level of call `i`, back where the mask keeps it. */
export function putBack(latents: Float32Array, { original, mask }: Keep, noise: Float32Array, scheduler: Scheduler, i: number): Float32Array {
  const noisy = scheduler.addNoise(original, noise, i);
  return latents.map((value, j) => {
    const anew = mask[j % mask.length]!;
    return (1 - anew) * noisy[j]! + anew * value;
  });
}

/** The picture at `path` as the network sees it, scaled to `size`. */
export async function readPlanes(path: string, size: Size): Promise<Float32Array> {
  const pixels = await readSized(path, size);
  return rgbToPlanes(pixels, size.width, size.height);
}

/** 1 where the mask is light (drawn anew), 0 where it is dark (kept). */
async function readMask(path: string, size: Size): Promise<Float32Array> {
  const rgb = await readSized(path, size);
  return Float32Array.from({ length: size.width * size.height }, (_, i) => {
    const luma = (rgb[i * 3]! * 19595 + rgb[i * 3 + 1]! * 38470 + rgb[i * 3 + 2]! * 7471 + 0x8000) >> 16; // ITU-R 601, as Pillow's "L"
    return luma / 255 < 0.5 ? 0 : 1;
  });
}

async function readSized(path: string, { width, height }: Size): Promise<Uint8Array> {
  const { readPixels, resizeAsPillow } = await import('../../image'); // a decoder is not loaded for text alone
  try {
    const pixels = await readPixels(path);
    return (pixels.width === width && pixels.height === height ? pixels : resizeAsPillow(pixels, width, height)).data;
  } catch (error) {
    throw new DiffusionError('bad-request', (error as Error).message, { cause: error });
  }
}

/** Nearest neighbour, as `torch.nn.functional.interpolate` picks it. */
function shrunk(mask: Float32Array, { width, height }: Size, shape: LatentShape): Float32Array {
  return Float32Array.from({ length: shape.width * shape.height }, (_, i) => {
    const y = Math.floor((Math.floor(i / shape.width) * height) / shape.height);
    const x = Math.floor(((i % shape.width) * width) / shape.width);
    return mask[y * width + x]!;
  });
}
