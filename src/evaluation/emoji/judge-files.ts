/** What pictures of emoji are judged by, as it lies in `models/emoji-judge`: lists of prompts, scores of real pictures. */
import { join } from 'node:path';
import { z } from 'zod';
import { EMOJI_SPLITS, type EmojiSplit } from '../../prompt/evaluate-request';
import type { Asked } from '../drawing/drawn-prompt';
import { folderOfJudge, Judge } from '../judge';
import { CONTAINERS, type Container } from '../pixels/extract';
import { COLOURS, type Colour } from '../pixels/palette';
import { readJson } from '../read-json';

const AColour = z.enum(COLOURS);
/** The third is the style that the prompt names, which nothing measures. */
const Row = z.tuple([z.string(), z.string(), z.string(), z.enum(CONTAINERS), AColour, AColour, z.boolean()]);
const PromptLists = z.object({ splits: z.record(z.enum(EMOJI_SPLITS), z.array(Row)) });

/** A prompt and what a picture of it must show. */
export interface AskedEmoji extends Asked {
  readonly label: string;
  readonly container: Container;
  readonly background: Colour;
  readonly canvas: Colour;
  /** The ceiling's sets draw this label, so the ceiling holds for it. */
  readonly hasCeiling: boolean;
}

const share = z.number().min(0).max(1);
const RealEmoji = z.object({ n: z.int(), canvas: share, container: share, bg: share, 'all three': share, 'label top-1': share, 'label top-5': share, joint: share });
export type RealEmoji = z.infer<typeof RealEmoji>;
const EmojiCalibration = z.object({
  ceiling: z.record(z.enum(EMOJI_SPLITS), RealEmoji),
  'training drawings': RealEmoji,
  'mismatched captions': RealEmoji,
  'blur 0.8': RealEmoji,
  'noise 12': RealEmoji,
});
export type EmojiCalibration = z.infer<typeof EmojiCalibration>;

const JudgeInfo = z.looseObject({ labels: z.array(z.string()).min(1) });

/** Throws `EvaluationError` if this installation has none. */
export function emojiJudgeFolder(start?: string): string {
  return folderOfJudge('emoji-judge', start);
}

/** The judge of labels: which does a drawing show? */
export async function openEmojiJudge(folder: string): Promise<Judge> {
  const { labels } = await readJson(join(folder, 'judge.json'), JudgeInfo);
  return Judge.open(folder, 'drawing', labels);
}

/** Prompts of each split, in their fixed order: any first part is a fair sample. */
export async function readEmojiPrompts(folder: string): Promise<Record<EmojiSplit, AskedEmoji[]>> {
  const { splits } = await readJson(join(folder, 'prompts.json'), PromptLists);
  const asked = ([prompt, label, , container, background, canvas, hasCeiling]: z.infer<typeof Row>): AskedEmoji => ({ prompt, label, container, background, canvas, hasCeiling });
  return { emoji: splits.emoji.map(asked), 'emoji-style': splits['emoji-style'].map(asked) };
}

export function readEmojiCalibration(folder: string): Promise<EmojiCalibration> {
  return readJson(join(folder, 'calibration.json'), EmojiCalibration);
}
