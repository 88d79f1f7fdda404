/** A model's identity: one SHA-256 over every file that decides what it draws. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { easelCache } from './easel-home';
import type { FolderFile } from './inside';
import type { ModelFolder } from './model-folder';

const HASHED_PARTS = /^(?:text_encoder(?:_[23])?|unet|transformer|vae_decoder|vae_encoder|image_encoder|prior|upscaler|scheduler|tokenizer(?:_[23])?)\//;
/** Model cards, licences, previews and weights in other formats do not change a picture. */
const IGNORED = /\.(?:md|txt|png|jpe?g|webp|svg|safetensors|ckpt|pt|msgpack|h5)$|(?:^|\/)LICENSE$/i;
/** A tokenizer's word lists are text files that do. */
const KEPT = /merges\.txt$/;

/**
 * SHA-256 (hex) over the sorted lines `path sha256` of the files that decide pixels.
 * The answer is kept in the user's cache by sizes and modification times, so that a large model is read once.
 */
export async function hashModelFolder(folder: Pick<ModelFolder, 'dir' | 'files'>, options: { signal?: AbortSignal } = {}): Promise<string> {
  const files = folder.files.filter(({ path }) => decidesPixels(path));
  const stamp = createHash('sha256').update(JSON.stringify([folder.dir, files])).digest('hex');
  const cache = join(easelCache(), 'model-hashes', stamp);
  const known = Sha256.safeParse(await readFile(cache, 'utf8').catch(() => undefined));
  if (known.success) return known.data;
  const lines: string[] = [];
  for (const file of files) lines.push(`${file.path} ${await hashFile(folder.dir, file, options.signal)}\n`);
  const sha256 = createHash('sha256').update(lines.join('')).digest('hex');
  await remember(cache, sha256);
  return sha256;
}

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** Is the file at `path` (relative to the model's folder) one that a picture hangs on? */
export function decidesPixels(path: string): boolean {
  if (path === 'model_index.json') return true;
  return HASHED_PARTS.test(path) && (!IGNORED.test(path) || KEPT.test(path));
}

async function hashFile(dir: string, file: FolderFile, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(join(dir, file.path)), hash, { signal });
  return hash.digest('hex');
}

/** The cache is a convenience: if it cannot be written the next run hashes again. */
async function remember(path: string, sha256: string): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, sha256);
    await rename(temporary, path);
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}
