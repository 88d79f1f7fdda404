/**
 * Finds pictures that are nearly the same among very many. Two 64-bit hashes at most d bits apart agree in at least one
 * of d + 1 bands, so only pictures that share a band are compared; within a band they are in order of brightness, which
 * bounds the search also where a set's plain grounds make most bands equal.
 */
import { hashDistance, sampleDistance, type DifferenceHash } from './perceptual-hash';
import type { TimeSlice } from './time-slice';

/** Bits of 64. */
const MAX_HASH_DISTANCE = 4;
/** Of 255, over 8×8 coloured pixels: recompression and resizing stay under 3, another colour is far above. */
const MAX_SAMPLE_DISTANCE = 6;
const BANDS = MAX_HASH_DISTANCE + 1;

export interface Look {
  readonly hash: DifferenceHash;
  /** 8×8 RGB pixels. */
  readonly sample: Uint8Array;
}

/** Groups of two or more indices into `looks`, each ascending, in order of their first. Near is taken as transitive. */
export async function nearDuplicates(looks: readonly Look[], slice: TimeSlice): Promise<number[][]> {
  const parent = looks.map((_, index) => index);
  const rootOf = (index: number): number => {
    while (parent[index] !== index) {
      parent[index] = parent[parent[index]!]!;
      index = parent[index]!;
    }
    return index;
  };
  const join = (a: number, b: number) => {
    const [first, second] = [rootOf(a), rootOf(b)];
    parent[Math.max(first, second)] = Math.min(first, second);
  };

  const distinct = collapseEqual(looks, join);
  const brightness = looks.map(({ sample }) => sample.reduce((sum, value) => sum + value, 0) / sample.length);
  for (let band = 0; band < BANDS; band++) {
    for (const bucket of bucketsOf(distinct, looks, band)) {
      bucket.sort((a, b) => brightness[a]! - brightness[b]!);
      for (let i = 0; i < bucket.length; i++) {
        const one = bucket[i]!;
        for (let j = i + 1; j < bucket.length; j++) {
          const other = bucket[j]!;
          // The mean of absolute differences is never less than the difference of the means.
          if (brightness[other]! - brightness[one]! > MAX_SAMPLE_DISTANCE) break;
          if (isNear(looks[one]!, looks[other]!)) join(one, other);
        }
        if (slice.isOver()) await slice.rest();
      }
    }
  }

  const groups = new Map<number, number[]>();
  for (let index = 0; index < looks.length; index++) append(groups, rootOf(index), index);
  return [...groups.values()].filter((group) => group.length > 1);
}

function isNear(a: Look, b: Look): boolean {
  return hashDistance(a.hash, b.hash) <= MAX_HASH_DISTANCE && sampleDistance(a.sample, b.sample) <= MAX_SAMPLE_DISTANCE;
}

/** Copies of one picture would be compared with each other in every band; one of them stands for all. */
function collapseEqual(looks: readonly Look[], join: (a: number, b: number) => void): number[] {
  const firsts = new Map<string, number>();
  const distinct: number[] = [];
  looks.forEach(({ hash, sample }, index) => {
    const key = `${hash.high} ${hash.low} ${Buffer.from(sample.buffer, sample.byteOffset, sample.length).toString('latin1')}`;
    const first = firsts.get(key);
    if (first !== undefined) return join(first, index);
    firsts.set(key, index);
    distinct.push(index);
  });
  return distinct;
}

/** Indices that agree in one band, two or more. Bands are 13 bits, the last 12. */
function* bucketsOf(indices: readonly number[], looks: readonly Look[], band: number): Generator<number[]> {
  const buckets = new Map<number, number[]>();
  for (const index of indices) append(buckets, bandOf(looks[index]!.hash, band), index);
  for (const bucket of buckets.values()) if (bucket.length > 1) yield bucket;
}

function bandOf({ high, low }: DifferenceHash, band: number): number {
  if (band < 2) return (high >>> (13 * band)) & 0x1fff;
  if (band === 2) return ((high >>> 26) << 7) | (low & 0x7f);
  return (low >>> (7 + 13 * (band - 3))) & (band === 3 ? 0x1fff : 0xfff);
}

function append(groups: Map<number, number[]>, key: number, index: number): void {
  const group = groups.get(key);
  if (group) group.push(index);
  else groups.set(key, [index]);
}
