/**
 * What two pictures are compared by: a difference hash for the shapes (N. Krawetz, "Kind of Like That", 2013: is each of
 * 9×8 grey pixels brighter than its left neighbour?) and 8×8 coloured pixels to confirm, because the hash alone takes a
 * red circle and a blue one for the same picture.
 */

/** Side of the colour sample. */
export const SAMPLE_SIDE = 8;
/** Grey pixels that are hashed: one more across than bits. */
export const HASH_WIDTH = 9;
export const HASH_HEIGHT = 8;

/** Brightness steps (thousandths of 255) that are no difference: compression makes as much of a plain ground. */
const NOISE = 2000;

/** 64 bits as two unsigned halves, because comparing is the inner loop. */
export interface DifferenceHash {
  readonly high: number;
  readonly low: number;
}

/** `rgb` holds 9×8 pixels. Bit k (from the highest) is set where pixel k's right neighbour is brighter. */
export function differenceHash(rgb: Uint8Array): DifferenceHash {
  if (rgb.length !== HASH_WIDTH * HASH_HEIGHT * 3) throw new RangeError(`${rgb.length} bytes are not ${HASH_WIDTH}x${HASH_HEIGHT} RGB pixels`);
  const halves = [0, 0];
  for (let y = 0; y < HASH_HEIGHT; y++) {
    for (let x = 0; x < HASH_WIDTH - 1; x++) {
      const at = y * HASH_WIDTH + x;
      const half = y < HASH_HEIGHT / 2 ? 0 : 1;
      halves[half] = (halves[half]! << 1) | (luma(rgb, at + 1) - luma(rgb, at) > NOISE ? 1 : 0);
    }
  }
  return { high: halves[0]! >>> 0, low: halves[1]! >>> 0 };
}

/** Bits in which two hashes differ, 0 to 64. */
export function hashDistance(a: DifferenceHash, b: DifferenceHash): number {
  return bitsIn(a.high ^ b.high) + bitsIn(a.low ^ b.low);
}

/** Mean absolute difference of two colour samples of equal length, 0 to 255. */
export function sampleDistance(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / a.length;
}

/** Rec. 601 weights, as JPEG has them; in thousandths, because fractions would round one step of 2 up and another down. */
function luma(rgb: Uint8Array, pixel: number): number {
  return 299 * rgb[pixel * 3]! + 587 * rgb[pixel * 3 + 1]! + 114 * rgb[pixel * 3 + 2]!;
}

function bitsIn(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
