/** One drawn picture of an emoji against what its prompt asked for. Nothing drawn counts as wrong. */
import type { SeenPicture } from '../drawing/drawn-prompt';
import type { Judge } from '../judge';
import { bitsOf } from '../pixels/ink-bits';
import { PIXELS, type Mask } from '../pixels/mask';
import { cutOut, type Drawing } from './cut-out';
import type { AskedEmoji } from './judge-files';

/** `joint`: all three and the label. */
export const EMOJI_MARKS = ['canvas', 'container', 'background', 'allThree', 'top1', 'top5', 'joint'] as const;
export type EmojiMark = (typeof EMOJI_MARKS)[number];

/**
 * Two drawings that overlap more than this, in all their planes, count as the same one: of real drawings placed twice .93 do,
 * and of two sets' drawings of one label .07 (recipes/judge/emoji_repeats.py).
 */
export const SAME_EMOJI = 0.8;

export async function scoreEmoji(rgb: Uint8Array, asked: AskedEmoji, judge: Pick<Judge, 'rank'>): Promise<SeenPicture<EmojiMark>> {
  const { drawing, ...seen } = cutOut(rgb, asked.container);
  const judged = drawing && (await judge.rank(drawing, asked.label));
  const [canvas, container, background] = [Number(seen.canvas === asked.canvas), Number(seen.container === asked.container), Number(seen.background === asked.background)];
  const allThree = canvas * container * background;
  const top1 = Number(judged?.rank === 0);
  const top5 = Number(judged !== null && judged.rank < 5);
  return { marks: { canvas, container, background, allThree, top1, top5, joint: allThree * top1 }, bits: drawing && inkOf(drawing), likeliest: judged?.likeliest ?? null };
}

/** A plane each for how little red, green and blue is seen, and for the coverage: the same outline in other colours is another drawing. */
function inkOf(drawing: Drawing): Mask {
  return bitsOf(drawing.map((value, i) => (i < 3 * PIXELS ? 1 - value : value)));
}
