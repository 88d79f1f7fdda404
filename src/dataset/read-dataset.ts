/** Opens a folder of captioned pictures. */
import { close, fstat, open, read } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { assembleDataset, withCaptionFile } from './assemble-dataset';
import { isCaptionText, isMetadataFile, readCaptionFile, type CaptionFile } from './caption-file';
import type { Dataset } from './dataset';
import { DatasetError } from './error';
import { listFiles, problemOfLink } from './list-files';
import { TimeSlice } from './time-slice';

/** A caption of a megabyte is none, and a larger `metadata.jsonl` does not fit a string with room to work. */
const MAX_CAPTION_BYTES = 1 << 20;
const MAX_METADATA_BYTES = 256 << 20;
/** Most captions fit at once, so that one read does. */
const FIRST_READ = 16 << 10;
/** Files open at a time: enough to keep four file system threads busy. */
const READERS = 8;

/** `total` is `null` until the listing is done. */
export interface DatasetProgress {
  readonly phase: 'listing' | 'captions';
  readonly done: number;
  readonly total: number | null;
}

export interface ReadDatasetOptions {
  signal?: AbortSignal;
  /** Told at every rest, which is at most some hundred times a second, and at the end of each phase. */
  onProgress?: (progress: DatasetProgress) => void;
  /** A text that is open in an editor and may differ from the disk, by absolute path. */
  openText?: (path: string) => string | undefined;
}

/**
 * Pictures (`.png`, `.jpg`, `.jpeg`, `.webp`) in `dir` and its folders, with the captions beside them (`x.txt`, else
 * `x.caption`) or in a `metadata.jsonl` of their folder or one above. Nothing outside of `dir` is read.
 * Throws `DatasetError` if `dir` is no folder that can be read; rejects with the signal's reason when aborted.
 */
export async function readDataset(dir: string, { signal, onProgress, openText }: ReadDatasetOptions = {}): Promise<Dataset> {
  signal?.throwIfAborted();
  let progress: DatasetProgress = { phase: 'listing', done: 0, total: null };
  const tell = () => onProgress?.(progress);
  const slice = new TimeSlice(signal, tell);

  const root = await folder(dir);
  const { files: listed, refused } = await listFiles(root, slice, () => (progress = { ...progress, done: progress.done + 1 })).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw error instanceof DatasetError ? error : new DatasetError(`cannot list ${root}: ${(error as Error).message}; check its permissions`, { cause: error });
  });
  tell();

  const captionFiles: string[] = [];
  for (const file of listed) {
    if (isCaptionText(file) || isMetadataFile(file)) captionFiles.push(file);
    if (slice.isOver()) await slice.rest();
  }
  progress = { phase: 'captions', done: 0, total: captionFiles.length };
  const texts = new Map<string, CaptionFile>();
  const queue = captionFiles.values();
  await Promise.all(Array.from({ length: READERS }, readSome));
  tell();
  return assembleDataset({ root, files: listed, texts, refused }, slice);

  async function readSome(): Promise<void> {
    const buffer = Buffer.allocUnsafe(FIRST_READ);
    for (const file of queue) {
      signal?.throwIfAborted();
      texts.set(file, await readCaption({ root, file, buffer, slice, signal, openText }));
      progress = { ...progress, done: progress.done + 1 };
      if (slice.isOver()) await slice.rest();
    }
  }
}

/** The dataset after one caption file (relative) has changed on the disk: read as all of them are. What went, or leads out, has no text; a full reading says so. */
export async function withCaptionRead(dataset: Dataset, file: string, signal?: AbortSignal): Promise<Dataset> {
  const slice = new TimeSlice(signal);
  const isThere = (await problemOfLink(dataset.root, file)) === null;
  return withCaptionFile(dataset, file, isThere ? await readCaption({ root: dataset.root, file, buffer: Buffer.allocUnsafe(FIRST_READ), slice, signal }) : null, slice);
}

async function readCaption({ root, file, buffer, slice, signal, openText }: { root: string; file: string; buffer: Buffer; slice: TimeSlice } & ReadDatasetOptions): Promise<CaptionFile> {
  try {
    const path = join(root, file);
    return await readCaptionFile(file, openText?.(path) ?? (await readText(path, isMetadataFile(file) ? MAX_METADATA_BYTES : MAX_CAPTION_BYTES, buffer)), slice);
  } catch (error) {
    signal?.throwIfAborted();
    const message = `cannot read ${file}: ${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)}`;
    return { kind: 'unreadable', problem: { code: 'unreadable-caption', severity: 'error', message, where: { file } } };
  }
}

async function folder(dir: string): Promise<string> {
  const root = await realpath(dir).catch(() => null);
  if (root === null) throw new DatasetError(`there is no folder ${dir}; give the folder that holds the pictures`);
  if (!(await stat(root)).isDirectory()) throw new DatasetError(`${dir} is not a folder; give the folder that holds the pictures`);
  return root;
}

// Without the objects that `fs/promises` makes for each open file, 100,000 captions take a third less time.
const disk = { open: promisify(open), read: promisify(read), close: promisify(close), stat: promisify(fstat) };

/** A file's text. A short one, as captions are, comes with a single read. Throws with one line when it is too long or no UTF-8. */
async function readText(path: string, limit: number, buffer: Buffer): Promise<string> {
  const file = await disk.open(path, 'r');
  try {
    const { bytesRead } = await disk.read(file, buffer, 0, buffer.length, 0);
    if (bytesRead < buffer.length) return utf8(buffer.subarray(0, bytesRead));
    const { size } = await disk.stat(file);
    if (size > limit) throw new Error(`it is ${size} bytes long, and at most ${limit} are read; captions are short`);
  } finally {
    await disk.close(file);
  }
  return utf8(await readFile(path));
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function utf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Error('it is not UTF-8; save it with that encoding');
  }
}
