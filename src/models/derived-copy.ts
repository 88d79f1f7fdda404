/**
 * Copies of a model that were made for this machine: what they were derived from, how well they keep to it, how much
 * faster they are. A copy is a model folder like any other; its `model_index.json` says the rest under `_easel_derived`.
 */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ModelIndex } from './component-config';
import { easelCache } from './easel-home';
import { ModelError } from './error';
import { readModelFolder, type ModelFolder } from './model-folder';

const ratio = z.number().nonnegative();

export const DerivedRecord = z.looseObject({
  precision: z.enum(['int8', 'fp16']),
  from: z.strictObject({ id: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  /** Library and processor that it was measured with. */
  runtime: z.string(),
  processor: z.string(),
  threads: z.int().positive(),
  weightBits: z.union([z.literal(7), z.literal(8)]).optional(),
  /** Layers in integers, and all that could have been. */
  layers: z.strictObject({ quantized: z.int().nonnegative(), all: z.int().nonnegative() }).optional(),
  /** Against the original, over `pictures` seeds of `steps` steps: a latents' relative error, a picture's mean difference (1 is black against white). */
  quality: z.strictObject({ pictures: z.int(), steps: z.int(), latentMean: ratio, latentMax: ratio, pictureMean: ratio, pictureMedian: ratio.optional(), pictureMax: ratio }).optional(),
  /** Time of the original over time of the copy, and milliseconds of a picture with each. */
  speed: z.strictObject({ ratio, original: ratio, copy: ratio }).optional(),
});
export type DerivedRecord = z.infer<typeof DerivedRecord>;

export interface DerivedCopy {
  readonly dir: string;
  readonly record: DerivedRecord;
}

/** Changes when copies are made in another way, so that old ones are not taken for new. */
const FORMAT = 1;

/** What a folder says it was derived from; `undefined` for an original. Throws `ModelError` if that is damaged. */
export function derivedRecord({ dir, index }: Pick<ModelFolder, 'dir' | 'index'>): DerivedRecord | undefined {
  const value = (index as ModelIndex & { _easel_derived?: unknown })._easel_derived;
  if (value === undefined) return undefined;
  const parsed = DerivedRecord.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path = [], message = 'unexpected contents' } = parsed.error.issues[0] ?? {};
  throw new ModelError(`${join(dir, 'model_index.json')}: ${['_easel_derived', ...path].join('.')}: ${message}; make the copy again with \`easel models quantize\``);
}

/** Where the int8 copy of a model belongs: another model, library, processor or number of threads has its own. Never a hidden folder: those are copies in the making. */
export function int8CopyFolder(of: { id: string; sha256: string; runtime: string; processor: string; threads: number }): string {
  const key = createHash('sha256').update(JSON.stringify([FORMAT, of.sha256, of.runtime, of.processor, of.threads])).digest('hex');
  return join(easelCache(), 'int8', `${of.id.replace(/^\.|[^\p{L}\p{N}._-]/gu, '-')}-${key.slice(0, 16)}`);
}

/** The copies in the user's cache. One that cannot be read is not listed: it is made again when asked for. */
export async function listInt8Copies(): Promise<DerivedCopy[]> {
  const root = join(easelCache(), 'int8');
  const names = await readdir(root).catch(() => []);
  const copies = await Promise.all(names.filter((name) => !name.startsWith('.')).map((name) => readInt8Copy(join(root, name))));
  return copies.filter((copy) => copy !== undefined);
}

/** The copy in `dir`, if there is a whole one. */
export async function readInt8Copy(dir: string): Promise<DerivedCopy | undefined> {
  try {
    const record = derivedRecord(await readModelFolder(dir));
    return record && { dir, record };
  } catch {
    return undefined;
  }
}
