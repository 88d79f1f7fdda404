/** A glyph cut out of its picture: brought to one size, its style and its pieces measured. */
import { fitted } from '../pixels/fitted';
import { count, eroded, extentOf, maskOf, partsOf } from '../pixels/mask';

/** Coverage `[64, 64]`, 0 to 1, the ink fitted into 52 pixels and centred. */
export type Glyph = Float32Array;

/** Ink that survives three erosions: 91 % balanced accuracy against declared styles (icon-data.md, section 3). */
const FILLED = 0.09;

/** Crops to the ink and fits it. `null` if there is none. */
export function normalised(coverage: Float64Array): Glyph | null {
  const extent = extentOf((i) => coverage[i]! > 0.25);
  return extent && Float32Array.from(fitted(coverage, extent));
}

export function measuredStyle(glyph: Glyph): 'filled' | 'outline' {
  const ink = maskOf((i) => glyph[i]! > 0.5);
  const left = eroded(eroded(eroded(ink), true));
  return count(left) / Math.max(1, count(ink)) > FILLED ? 'filled' : 'outline';
}

/** How many separate pieces of ink a glyph has; specks under a hundredth of it do not count. */
export function pieces(glyph: Glyph): number {
  const parts = partsOf(maskOf((i) => glyph[i]! > 0.5));
  const ink = parts.reduce((total, { length }) => total + length, 0);
  return parts.filter(({ length }) => length >= ink / 100).length;
}
