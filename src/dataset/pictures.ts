/**
 * The second door of this room: what has to decode pictures, by sharp. The extension host must not load it (see
 * `image/`), so `index.ts` does not export it; command line, trainer and a helper process import this file.
 */
import { open } from 'node:fs/promises';
import { readPixels, resizePixels } from '../image';
import { readPictureMetadata } from '../image/metadata';
import { DatasetError } from './error';
import type { PictureInfo } from './lint-pictures';
import { differenceHash, HASH_HEIGHT, HASH_WIDTH, SAMPLE_SIDE } from './perceptual-hash';

/** Size and looks of the picture file at `path`, turned as its EXIF says, over white. Throws `DatasetError` if it cannot be decoded. */
export async function readPictureInfo(path: string, signal?: AbortSignal): Promise<PictureInfo> {
  signal?.throwIfAborted();
  const pixels = await readPixels(path).catch(async (error: unknown) => {
    if (await isLfsPointer(path)) throw new DatasetError(`${path} is a Git LFS pointer, not a picture; fetch it with git lfs pull`);
    throw new DatasetError(error instanceof Error ? error.message : String(error), { cause: error });
  });
  signal?.throwIfAborted();
  const [grey, sample] = await Promise.all([resizePixels(pixels, HASH_WIDTH, HASH_HEIGHT), resizePixels(pixels, SAMPLE_SIDE, SAMPLE_SIDE)]);
  return { width: pixels.width, height: pixels.height, hash: differenceHash(grey.data), sample: Uint8Array.from(sample.data) };
}

async function isLfsPointer(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(1024), 0, 1024, 0);
      return readPictureMetadata(buffer.subarray(0, bytesRead)).isLfsPointer;
    } finally {
      await file.close();
    }
  } catch {
    return false;
  }
}
