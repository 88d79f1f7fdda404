/**
 * Aspect buckets: pictures of like proportions are trained on together at one size, so that each loses little to cropping
 * (NovelAI, "Improvements on Stable Diffusion", 2022). All sizes have about the pixels of resolution × resolution.
 */
import { DatasetError } from './error';

export interface BucketOptions {
  /** Side of the square with as many pixels as a bucket has at most. */
  resolution: number;
  /** Sides are multiples of this: what the model's downsampling asks for (64 for SD 1.5, 16 for SD3). */
  step: number;
  /** Sides stay within these; half and twice the resolution unless given. */
  minSide?: number;
  maxSide?: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Bucket<Entry> extends Size {
  readonly entries: readonly Entry[];
}

/** How a picture comes to its bucket's size: scaled to this size, then cropped in the middle. All in pixels. */
export interface Fit {
  readonly scaled: Size;
  readonly left: number;
  readonly top: number;
}

/** Every size a bucket may have, from tall to wide. Throws `DatasetError` if there is none. */
export function bucketSizes({ resolution, step, minSide = resolution / 2, maxSide = resolution * 2 }: BucketOptions): Size[] {
  if (!Number.isInteger(step) || step < 1 || !(resolution >= step)) throw new DatasetError(`buckets of resolution ${resolution} in steps of ${step} do not exist; the step is a whole number, at most the resolution`);
  const sizes = new Map<string, Size>();
  for (let side = Math.max(step, Math.ceil(minSide / step) * step); side <= maxSide; side += step) {
    const other = Math.floor(Math.min(maxSide, (resolution * resolution) / side) / step) * step;
    if (other < minSide || other < step) break; // and less the longer the side is
    for (const [width, height] of [[side, other], [other, side]] as const) sizes.set(`${width}x${height}`, { width, height });
  }
  if (sizes.size === 0) throw new DatasetError(`no size between ${minSide} and ${maxSide} pixels is a multiple of ${step}; widen the bounds or make the step smaller`);
  return [...sizes.values()].sort((a, b) => aspect(a) - aspect(b) || a.width - b.width);
}

/** Each entry in the bucket nearest in proportions, the larger of two equally near; empty buckets are left out. */
export function bucketDataset<Entry extends Size>(entries: readonly Entry[], options: BucketOptions): Bucket<Entry>[] {
  const buckets = bucketSizes(options).map((size) => ({ ...size, entries: [] as Entry[] }));
  for (const entry of entries) {
    if (!(entry.width > 0 && entry.height > 0)) throw new DatasetError(`a picture of ${entry.width}x${entry.height} pixels has no proportions; leave it out`);
    let nearest = buckets[0]!;
    for (const bucket of buckets) {
      const gain = distance(entry, nearest) - distance(entry, bucket);
      if (gain > 1e-12 || (gain > -1e-12 && bucket.width * bucket.height > nearest.width * nearest.height)) nearest = bucket;
    }
    nearest.entries.push(entry);
  }
  return buckets.filter(({ entries: inside }) => inside.length > 0);
}

/** The smallest scale that covers the bucket, and where the middle crop starts. */
export function fitToBucket(picture: Size, bucket: Size): Fit {
  const scale = Math.max(bucket.width / picture.width, bucket.height / picture.height);
  const scaled = { width: Math.max(bucket.width, Math.round(picture.width * scale)), height: Math.max(bucket.height, Math.round(picture.height * scale)) };
  return { scaled, left: (scaled.width - bucket.width) >> 1, top: (scaled.height - bucket.height) >> 1 };
}

function aspect({ width, height }: Size): number {
  return width / height;
}

/** Of proportions, alike for tall and wide. */
function distance(a: Size, b: Size): number {
  return Math.abs(Math.log(aspect(a) / aspect(b)));
}
