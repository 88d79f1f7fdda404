/** The space a model draws in: how many numbers a picture of a size becomes. */
import { latentScale, type ModelFolder } from '../../models';
import { DiffusionError } from '../error';

/** Shape of one picture's latents, without a batch axis. */
export interface LatentShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** A picture's size in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

export function latentCount({ channels, height, width }: LatentShape): number {
  return channels * height * width;
}

/**
 * Latents for a picture of `size`. Throws `DiffusionError` (`bad-request`) if the model cannot draw that size: sides come
 * in multiples of its latent cell, doubled where the transformer takes 2×2 patches. The icon family draws in pixels, and
 * what its upscaler draws again is as small as the transformer's own pictures before. An upscaler that makes no whole pixels
 * of one is refused (`bad-model`) before anything is drawn.
 */
export function latentShape(folder: ModelFolder, size: Size): LatentShape {
  const cell = folder.kind === 'icon' ? pixelsPerPixel(folder, size) : latentScale(folder);
  const step = folder.kind === 'sd3' || folder.kind === 'flux' ? cell * 2 : cell;
  if (size.width % step !== 0 || size.height % step !== 0) {
    const nearest = [size.width, size.height].map((side) => Math.max(step, Math.round(side / step) * step)).join('x');
    throw new DiffusionError('bad-request', `${folder.id} draws sides in multiples of ${step}, not ${size.width}x${size.height}; set size: ${nearest}`);
  }
  return { channels: channelsOf(folder), height: size.height / cell, width: size.width / cell };
}

/** How many pixels a side the icon family's upscaler makes of one: 1 for pictures of the size that the transformer draws. */
function pixelsPerPixel({ id, components: { transformer, upscaler } }: ModelFolder, { width, height }: Size): number {
  const [small, large] = [transformer?.config.sample_size, upscaler?.config.sample_size];
  if (typeof small !== 'number' || typeof large !== 'number') return 1;
  if (large % small !== 0) throw new DiffusionError('bad-model', `the upscaler of ${id} makes ${large}x${large} of ${small}x${small}, which is no whole multiple; its config.json belongs to another model`);
  for (const side of [small, large]) if (width === side && height === side) return side / small;
  throw new DiffusionError('bad-request', `${id} draws ${small}x${small} or ${large}x${large}, not ${width}x${height}; set size: ${small}x${small}`);
}

function channelsOf(folder: ModelFolder): number {
  if (folder.kind === 'icon') return 3;
  const { vae_decoder, transformer } = folder.components;
  if (vae_decoder?.config.latent_channels !== undefined) return vae_decoder.config.latent_channels;
  if (folder.kind === 'flux') return 16;
  return folder.kind === 'sd3' ? (transformer?.config.in_channels ?? 16) : 4;
}
