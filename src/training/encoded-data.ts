/** Pictures as latents and captions as encodings, on disk by content: a picture that is trained on twice is encoded once. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sha256OfFile, type DatasetEntry } from '../dataset';
import { readSquare } from '../dataset/pictures';
import { createNoise, encodeText, type TextEncoding } from '../diffusion';
import { latentShape } from '../diffusion/pipelines/latent-space';
import type { LoadedModel } from '../diffusion/pipelines/loaded-model';
import { easelCache } from '../models';
import { float32Tensor, readSafetensors, toFloat32, writeSafetensors, type SafeTensor } from '../onnx';

/** Raised when what is kept changes its meaning. */
const CACHE_VERSION = 1;

export interface DataPlace {
  /** The dataset's folder. */
  readonly root: string;
  /** Content of the model. */
  readonly model: string;
  /** Side of the square, pixels. */
  readonly side: number;
  readonly cache?: string;
}

/** An entry with a caption. */
export type CaptionedEntry = DatasetEntry & { readonly caption: string };

/** The caption as the denoiser reads it. */
export async function encodeCaption(model: LoadedModel, caption: string): Promise<TextEncoding> {
  return (await encodeText(await model.text(), caption, 'prompt', { promptSyntax: 'plain', longPrompt: 'truncate', clipSkip: 1 })).encoding;
}

/** The same, from the cache if it was encoded before. */
export async function captionEncoding(model: LoadedModel, caption: string, place: DataPlace): Promise<TextEncoding> {
  const file = cacheFile(place, 'caption', caption);
  const kept = await read(file);
  const [hidden, pooled, bias] = ['hidden', 'pooled', 'bias'].map((name) => kept?.get(name));
  if (hidden) {
    const [tokens = 0, width = 0] = hidden.shape;
    return { hidden: toFloat32(hidden), tokens, width, pooled: pooled ? toFloat32(pooled) : null, attentionBias: bias ? toFloat32(bias) : null };
  }
  const encoding = await encodeCaption(model, caption);
  const tensors = new Map([['hidden', float32Tensor(encoding.hidden, [encoding.tokens, encoding.width])]]);
  if (encoding.pooled) tensors.set('pooled', float32Tensor(encoding.pooled, [encoding.pooled.length]));
  if (encoding.attentionBias) tensors.set('bias', float32Tensor(encoding.attentionBias, [encoding.attentionBias.length]));
  await write(file, tensors);
  return encoding;
}

/** The picture's latents `[channels, height, width]`; an autoencoder's own noise is dealt by the picture's content. */
export async function pictureLatents(model: LoadedModel, entry: Pick<DatasetEntry, 'picture'>, place: DataPlace): Promise<Float32Array> {
  const path = join(place.root, entry.picture);
  const sha256 = await sha256OfFile(path);
  const file = cacheFile(place, 'latents', `${sha256} ${place.side}`);
  const kept = (await read(file))?.get('latents');
  if (kept) return toFloat32(kept);
  const { side } = place;
  const bytes = await readSquare(path, side);
  const planes = new Float32Array(bytes.length);
  for (let i = 0; i < side * side; i++) for (let channel = 0; channel < 3; channel++) planes[channel * side * side + i] = bytes[3 * i + channel]! / 127.5 - 1;
  const size = { width: side, height: side };
  const shape = latentShape(model.folder, size);
  const random = createNoise('philox', BigInt(`0x${sha256.slice(0, 16)}`).toString());
  const latents = await model.encodePicture(planes, size, shape, (count) => random.randn(count));
  await write(file, new Map([['latents', float32Tensor(latents, [shape.channels, shape.height, shape.width])]]));
  return latents;
}

function cacheFile({ model, cache = easelCache() }: DataPlace, kind: string, content: string): string {
  const key = createHash('sha256').update(JSON.stringify([CACHE_VERSION, kind, model, content])).digest('hex');
  return join(cache, 'training', key.slice(0, 2), `${key}.safetensors`);
}

/** What was cut short or cannot be read is made again. */
async function read(file: string): Promise<ReadonlyMap<string, SafeTensor> | undefined> {
  return readSafetensors(file).then(({ tensors }) => tensors, () => undefined);
}

/** A cache that cannot be written costs time and nothing else. */
async function write(file: string, tensors: ReadonlyMap<string, SafeTensor>): Promise<void> {
  await mkdir(dirname(file), { recursive: true }).then(() => writeSafetensors(file, tensors)).catch(() => undefined);
}
