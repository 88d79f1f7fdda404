/**
 * The second door of this room: what has to decode pictures, by sharp. The extension host must not load it (see
 * `image/`), so `index.ts` does not export it; command line, trainer and a helper process import this file.
 */
import { open } from 'node:fs/promises';
import { readPixels, resizePixels, type Pixels } from '../image';
import { readPictureMetadata } from '../image/metadata';
import { fitToBucket } from './bucket-dataset';
import { DatasetError } from './error';
import type { PictureInfo } from './lint-pictures';
import { differenceHash, HASH_HEIGHT, HASH_WIDTH, SAMPLE_SIDE } from './perceptual-hash';

/** Size and looks of the picture file at `path`, turned as its EXIF says, over white. Throws `DatasetError` if it cannot be decoded. */
export async function readPictureInfo(path: string, signal?: AbortSignal): Promise<PictureInfo> {
  signal?.throwIfAborted();
  const pixels = await decode(path);
  signal?.throwIfAborted();
  const [grey, sample] = await Promise.all([resizePixels(pixels, HASH_WIDTH, HASH_HEIGHT), resizePixels(pixels, SAMPLE_SIDE, SAMPLE_SIDE)]);
  return { width: pixels.width, height: pixels.height, hash: differenceHash(grey.data), sample: Uint8Array.from(sample.data) };
}

async function decode(path: string): Promise<Pixels> {
  return readPixels(path).catch(async (error: unknown) => {
    if (await isLfsPointer(path)) throw new DatasetError(`${path} is a Git LFS pointer, not a picture; fetch it with git lfs pull`);
    throw new DatasetError(error instanceof Error ? error.message : String(error), { cause: error });
  });
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

/** A picture as it is trained on: scaled to cover a square and cropped in the middle, `[side, side, 3]` bytes. Throws as above. */
export async function readSquare(path: string, side: number): Promise<Uint8Array> {
  const pixels = await decode(path);
  const { scaled, left, top } = fitToBucket(pixels, { width: side, height: side });
  const { data } = scaled.width === pixels.width && scaled.height === pixels.height ? pixels : await resizePixels(pixels, scaled.width, scaled.height);
  const square = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++) square.set(data.subarray(((top + y) * scaled.width + left) * 3, ((top + y) * scaled.width + left + side) * 3), y * side * 3);
  return square;
}
