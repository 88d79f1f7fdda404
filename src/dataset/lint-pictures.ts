/** The lints that need pictures, through a reader that is passed in: decoding belongs in another process than an editor's. */
import { join } from 'node:path';
import type { Dataset } from './dataset';
import type { Lint } from './lint';
import { nearDuplicates, type Look } from './near-duplicates';
import { TimeSlice } from './time-slice';

/** A picture looked at: its size in pixels as it is shown, and what it is compared by. */
export interface PictureInfo extends Look {
  readonly width: number;
  readonly height: number;
}

export interface PictureLintOptions {
  /** Looks at the picture at an absolute path; rejects with one line if it cannot be read. See `readPictureInfo` in `pictures.ts`. */
  readInfo?: (path: string, signal?: AbortSignal) => Promise<PictureInfo>;
  /** A shorter side under this is tiny, in pixels. */
  minSide?: number;
  /** A longer side more than this many times the shorter is extreme. */
  maxAspect?: number;
  /** Pictures read at a time. */
  readers?: number;
  signal?: AbortSignal;
  onProgress?: (progress: { done: number; total: number }) => void;
}

/** In the order of entries, near duplicates last. Nothing without a reader. */
export async function lintPictures(dataset: Pick<Dataset, 'root' | 'entries'>, options: PictureLintOptions, slice = new TimeSlice(options.signal)): Promise<Lint[]> {
  const { readInfo, readers = 4, signal, onProgress } = options;
  if (!readInfo) return [];
  const pictures = dataset.entries.map(({ picture }) => picture);
  const results: (PictureInfo | { problem: string })[] = new Array(pictures.length);
  const queue = pictures.entries();
  let done = 0;
  const readSome = async () => {
    for (const [index, picture] of queue) {
      signal?.throwIfAborted();
      try {
        results[index] = await readInfo(join(dataset.root, picture), signal);
      } catch (error) {
        signal?.throwIfAborted();
        results[index] = { problem: error instanceof Error ? error.message.split('\n', 1)[0]! : String(error) };
      }
      onProgress?.({ done: ++done, total: pictures.length });
      if (slice.isOver()) await slice.rest();
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(readers, pictures.length)) }, readSome));

  const lints = results.flatMap((result, index) => lintOne(pictures[index]!, result, options));
  const readable = results.flatMap((result, index) => ('problem' in result ? [] : [{ picture: pictures[index]!, ...result }]));
  for (const group of await nearDuplicates(readable, slice)) {
    const names = group.map((index) => readable[index]!.picture);
    names.forEach((picture, index) => {
      const other = names[index === 0 ? 1 : 0]!;
      const message = `${picture} looks the same as ${other}${names.length > 2 ? ` and ${names.length - 2} more` : ''}; keep one, or the set leans towards it`;
      lints.push({ code: 'near-duplicate-pictures', severity: 'warning', message, where: { file: picture }, related: [{ file: other }] });
    });
  }
  return lints;
}

function lintOne(picture: string, info: PictureInfo | { problem: string }, { minSide = 64, maxAspect = 3 }: PictureLintOptions): Lint[] {
  const where = { file: picture };
  if ('problem' in info) return [{ code: 'unreadable-picture', severity: 'error', message: info.problem, where }];
  const { width, height } = info;
  const [shorter, longer] = [Math.min(width, height), Math.max(width, height)];
  const lints: Lint[] = [];
  if (shorter < minSide) lints.push({ code: 'tiny-picture', severity: 'warning', message: `${picture} is ${width}x${height} pixels, and ${minSide} a side are wanted; use a larger one or leave it out`, where });
  if (longer > maxAspect * shorter) lints.push({ code: 'extreme-aspect', severity: 'warning', message: `${picture} is ${width}x${height}, more than ${maxAspect} times as long as wide; most of it would be cropped away, so crop it yourself`, where });
  return lints;
}
