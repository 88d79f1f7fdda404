/** One drawn picture against what its prompt asked for. No glyph found counts as wrong. */
import type { Judge } from '../judge';
import { extract } from '../pixels/extract';
import { InkBits, SAME } from '../pixels/ink-bits';
import type { Mask } from '../pixels/mask';
import { measuredStyle, normalised, type Glyph } from './glyph';
import type { AskedPicture } from './judge-files';

/** 1 where it is right. Names as in the model card. */
export interface Marks {
  readonly canvas: number;
  readonly container: number;
  readonly background: number;
  readonly foreground: number;
  readonly allFour: number;
  readonly top1: number;
  readonly top5: number;
  /** All four and the concept. */
  readonly joint: number;
  readonly style: number;
}
export type Mark = keyof Marks;
export const MARKS = ['canvas', 'container', 'background', 'foreground', 'allFour', 'top1', 'top5', 'joint', 'style'] as const satisfies readonly Mark[];

export interface ScoredPicture {
  readonly marks: Marks;
  readonly glyph: Glyph | null;
  /** The concept that the judge sees; `null` if nothing is drawn. */
  readonly likeliest: string | null;
}

export async function scorePicture(rgb: Uint8Array, asked: AskedPicture, judge: Pick<Judge, 'rank'>): Promise<ScoredPicture> {
  const seen = extract(rgb);
  const glyph = seen.glyph && normalised(seen.glyph);
  const judged = glyph && (await judge.rank(glyph, asked.concept));
  const [canvas, container] = [Number(seen.canvas === asked.canvas), Number(seen.container === asked.container)];
  const [background, foreground] = [Number(seen.background === asked.background), Number(seen.foreground === asked.foreground)];
  const allFour = canvas * container * background * foreground;
  const top1 = Number(judged?.rank === 0);
  const top5 = Number(judged !== null && judged.rank < 5);
  const style = Number(glyph !== null && measuredStyle(glyph) === asked.style);
  return { marks: { canvas, container, background, foreground, allFour, top1, top5, joint: allFour * top1, style }, glyph, likeliest: judged?.likeliest ?? null };
}

/** Whether the glyph (as bits) is a training drawing but for a tenth of its ink. */
export function isCopy(glyph: Mask | null, references: readonly InkBits[]): boolean {
  if (!glyph) return false;
  const bits = new InkBits(glyph);
  return references.some((reference) => bits.overlap(reference) > SAME);
}
