/** Which data was this? One hash of everything in a dataset that a training run sees. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Dataset } from './dataset';
import { DatasetError } from './error';
import { TimeSlice } from './time-slice';

export interface FingerprintOptions {
  signal?: AbortSignal;
  onProgress?: (progress: { done: number; total: number }) => void;
  /** SHA-256 of a file's bytes, for callers that already know some. */
  hashFile?: (path: string, signal?: AbortSignal) => Promise<string>;
  /** Files read at a time. */
  readers?: number;
}

/**
 * SHA-256 (hex) over the sorted lines of (relative path, caption, SHA-256 of the picture's bytes). Paths are in NFC with
 * forward slashes and captions with LF, so that a checkout on another system has the same; how a caption is stored does
 * not count. Throws `DatasetError` if a picture cannot be read.
 */
export async function fingerprintDataset(dataset: Pick<Dataset, 'root' | 'entries'>, { signal, onProgress, hashFile = sha256OfFile, readers = 4 }: FingerprintOptions = {}): Promise<string> {
  signal?.throwIfAborted();
  const slice = new TimeSlice(signal);
  const lines: string[] = [];
  // A reader that fails closes a generator, so that the others do not go on for nobody.
  const queue = (function* () { yield* dataset.entries; })();
  const readSome = async () => {
    for (const { picture, caption } of queue) {
      const sha256 = await hashFile(join(dataset.root, picture), signal);
      lines.push(JSON.stringify([picture.normalize('NFC'), caption, sha256]));
      onProgress?.({ done: lines.length, total: dataset.entries.length });
      if (slice.isOver()) await slice.rest();
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, readers) }, readSome));
  const hash = createHash('sha256');
  for (const line of lines.sort()) hash.update(`${line}\n`);
  return hash.digest('hex');
}

/** SHA-256 (hex) of a file's bytes. Throws `DatasetError` if it cannot be read. */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw new DatasetError(`cannot read ${path}: ${(error as Error).message}; check that it is still there`, { cause: error });
  }
  return hash.digest('hex');
}
