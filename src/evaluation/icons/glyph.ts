/** A glyph cut out of its picture: brought to one size, its style measured, compared with other drawings. */
import { eroded, extentOf, maskOf, partsOf, PIXELS, SIDE, type Mask } from './mask';

/** Coverage `[64, 64]`, 0 to 1, the ink fitted into 52 pixels and centred. */
export type Glyph = Float32Array;

const INNER = 52;
/** Ink that survives three erosions: 91 % balanced accuracy against declared styles (icon-data.md, section 3). */
const FILLED = 0.09;
const BITS_SIDE = 32;

/** Two drawings that overlap more than this count as the same one. */
export const SAME = 0.9;

/** Crops to the ink and fits it. `null` if there is none. Bilinear, nothing beyond the edges. */
export function normalised(coverage: Float64Array): Glyph | null {
  const extent = extentOf((i) => coverage[i]! > 0.25);
  if (!extent) return null;
  const { left, right, top, bottom } = extent;
  const scale = INNER / Math.max(right - left + 1, bottom - top + 1);
  const source = (at: number, low: number, high: number) => (at + 0.5 - SIDE / 2) / scale + (low + high + 1) / 2 - 0.5;
  const glyph = new Float32Array(PIXELS);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) glyph[y * SIDE + x] = sampled(coverage, source(x, left, right), source(y, top, bottom));
  }
  return glyph;
}

export function measuredStyle(glyph: Glyph): 'filled' | 'outline' {
  const ink = maskOf((i) => glyph[i]! > 0.5);
  const left = eroded(eroded(eroded(ink), true));
  return sum(left) / Math.max(1, sum(ink)) > FILLED ? 'filled' : 'outline';
}

/** 1024 bits: quarters of 2×2 pixels that are inked more than 0.43. */
export function bitsOf(glyph: Glyph): Mask {
  return Uint8Array.from({ length: BITS_SIDE * BITS_SIDE }, (_, i) => {
    const at = Math.floor(i / BITS_SIDE) * 2 * SIDE + (i % BITS_SIDE) * 2;
    const mean = Math.fround(glyph[at]! + glyph[at + 1]! + glyph[at + SIDE]! + glyph[at + SIDE + 1]!) / 4;
    return Number(mean > 0.43);
  });
}

/** How many separate pieces of ink a glyph has; specks under a hundredth of it do not count. */
export function pieces(glyph: Glyph): number {
  const parts = partsOf(maskOf((i) => glyph[i]! > 0.5));
  const ink = parts.reduce((total, { length }) => total + length, 0);
  return parts.filter(({ length }) => length >= ink / 100).length;
}

/** How many of the glyphs (as bits) repeat none before them, divided by their number; a missing glyph repeats. */
export function distinctShare(glyphs: readonly (Mask | null)[]): number {
  const kept: GlyphBits[] = [];
  for (const glyph of glyphs) {
    const bits = glyph && new GlyphBits(glyph);
    if (bits && kept.every((other) => bits.overlap(other) < SAME)) kept.push(bits);
  }
  return kept.length / glyphs.length;
}

/** Drawings at 32×32 bits, to be compared with one more. */
export class GlyphBits {
  private readonly words: Uint32Array;
  private readonly ink: number;

  /** @param bits one byte per bit */
  constructor(bits: Mask) {
    this.words = new Uint32Array(bits.length / 32);
    bits.forEach((bit, i) => (this.words[i >> 5]! |= bit << (i & 31)));
    this.ink = sum(bits);
  }

  /** Shared ink over ink of either. */
  overlap(other: GlyphBits): number {
    let both = 0;
    for (let i = 0; i < this.words.length; i++) both += ones(this.words[i]! & other.words[i]!);
    return both / Math.max(1, this.ink + other.ink - both);
  }
}

function sampled(coverage: Float64Array, x: number, y: number): number {
  if (x < 0 || y < 0 || x > SIDE - 1 || y > SIDE - 1) return 0;
  const [left, top] = [Math.min(Math.floor(x), SIDE - 2), Math.min(Math.floor(y), SIDE - 2)];
  const [u, v] = [x - left, y - top];
  const at = (dx: number, dy: number) => coverage[(top + dy) * SIDE + left + dx]!;
  return (1 - v) * ((1 - u) * at(0, 0) + u * at(1, 0)) + v * ((1 - u) * at(0, 1) + u * at(1, 1));
}

function sum(bits: Uint8Array): number {
  return bits.reduce((total, bit) => total + bit, 0);
}

/** Set bits of a word. Source: Warren, Hacker's Delight, 2nd edition, section 5-1. */
function ones(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
