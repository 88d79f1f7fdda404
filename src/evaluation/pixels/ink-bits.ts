/** Drawings as bits, to tell whether two are the same one. */
import { count, SIDE, type Mask } from './mask';

const BITS_SIDE = 32;

/** Two glyphs that overlap more than this count as the same one. */
export const SAME = 0.9;

/**
 * 1024 bits a plane: quarters of 2×2 pixels that are inked more than 0.43.
 * @param ink planes of `[64, 64]`, 0 to 1
 */
export function bitsOf(ink: Float32Array): Mask {
  return new Uint8Array(ink.length / 4).map((_, i) => {
    const at = Math.floor(i / BITS_SIDE) * 2 * SIDE + (i % BITS_SIDE) * 2;
    const mean = Math.fround(ink[at]! + ink[at + 1]! + ink[at + SIDE]! + ink[at + SIDE + 1]!) / 4;
    return Number(mean > 0.43);
  });
}

/**
 * How many of the drawings (as bits) repeat none before them, divided by their number; a missing drawing repeats.
 * @param same the overlap from which on two are one
 */
export function distinctShare(drawings: readonly (Mask | null)[], same = SAME): number {
  const kept: InkBits[] = [];
  for (const drawing of drawings) {
    const bits = drawing && new InkBits(drawing);
    if (bits && kept.every((other) => bits.overlap(other) < same)) kept.push(bits);
  }
  return kept.length / drawings.length;
}

/** A drawing's bits, to be compared with many others'. */
export class InkBits {
  private readonly words: Uint32Array;
  private readonly ink: number;

  /** @param bits one byte per bit */
  constructor(bits: Mask) {
    this.words = new Uint32Array(bits.length / 32);
    bits.forEach((bit, i) => (this.words[i >> 5]! |= bit << (i & 31)));
    this.ink = count(bits);
  }

  /** Shared ink over ink of either. */
  overlap(other: InkBits): number {
    let both = 0;
    for (let i = 0; i < this.words.length; i++) both += ones(this.words[i]! & other.words[i]!);
    return both / Math.max(1, this.ink + other.ink - both);
  }
}

/** Set bits of a word. Source: Warren, Hacker's Delight, 2nd edition, section 5-1. */
function ones(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
