/** What pictures are judged by, as it lies in `models/icon-judge`: lists of prompts, scores of real pictures, training drawings. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import { SPLITS, type Split } from '../../prompt/evaluate-request';
import { folderOfJudge, Judge } from '../judge';
import { CONTAINERS } from '../pixels/extract';
import { InkBits } from '../pixels/ink-bits';
import { COLOURS, PALETTE } from '../pixels/palette';
import { readJson } from '../read-json';

/** How far a prompt's words are from the training's: as trained, known words in an order never trained, a synonym never trained. */
const WORDINGS = ['trained', 'new order', 'new word'] as const;
export type Wording = (typeof WORDINGS)[number];
const Colour = z.enum(COLOURS);
const Row = z.tuple([z.string(), z.string(), z.enum(['outline', 'filled']), Colour, z.enum(CONTAINERS), Colour, Colour, z.boolean(), z.enum(WORDINGS)]);
const PromptLists = z.object({
  palette: z.array(z.string()).refine((hex) => hex.join() === Object.values(PALETTE).join(), 'another palette than this Easel knows'),
  splits: z.record(z.enum(SPLITS), z.array(Row)),
});

/** A prompt and what a picture of it must show. */
export interface AskedPicture {
  readonly prompt: string;
  readonly concept: string;
  readonly style: 'outline' | 'filled';
  readonly foreground: (typeof COLOURS)[number];
  readonly container: (typeof CONTAINERS)[number];
  readonly background: (typeof COLOURS)[number];
  readonly canvas: (typeof COLOURS)[number];
  /** The ceiling's sets draw this concept, so the ceiling holds for it. */
  readonly hasCeiling: boolean;
  readonly wording: Wording;
}

const share = z.number().min(0).max(1);
const RealScores = z.looseObject({ n: z.int(), canvas: share, container: share, bg: share, fg: share, 'all four': share, 'concept top-1': share, 'concept top-5': share, joint: share, style: share.nullable(), copies: share.optional() });
const Calibration = z.looseObject({
  ceiling: z.record(z.enum(SPLITS), RealScores),
  'mismatched captions': RealScores,
  'blur 0.8': RealScores,
  'noise 12': RealScores,
  distinctness: z.looseObject({ 'distinct of 16': share, concepts: z.int() }),
});
export type Calibration = z.infer<typeof Calibration>;
export type RealScores = z.infer<typeof RealScores>;

const JudgeInfo = z.looseObject({ concepts: z.array(z.string()).min(1) });

/** Throws `EvaluationError` if this installation has none. */
export function judgeFolder(start?: string): string {
  return folderOfJudge('icon-judge', start);
}

/** The judge of concepts: which does a glyph show? */
export async function openJudge(folder: string): Promise<Judge> {
  const { concepts } = await readJson(join(folder, 'judge.json'), JudgeInfo);
  return Judge.open(folder, 'glyph', concepts);
}

/** Prompts of each split, in their fixed order: any first part is a fair sample. */
export async function readPrompts(folder: string): Promise<Record<Split, AskedPicture[]>> {
  const { splits } = await readJson(join(folder, 'prompts.json'), PromptLists);
  const asked = ([prompt, concept, style, foreground, container, background, canvas, hasCeiling, wording]: z.infer<typeof Row>): AskedPicture =>
    ({ prompt, concept, style, foreground, container, background, canvas, hasCeiling, wording });
  return Object.fromEntries(SPLITS.map((split) => [split, splits[split].map(asked)])) as Record<Split, AskedPicture[]>;
}

export function readCalibration(folder: string): Promise<Calibration> {
  return readJson(join(folder, 'calibration.json'), Calibration);
}

/** The generator's training drawings at 32×32 bits. */
export async function readReferences(folder: string): Promise<InkBits[]> {
  const bytes = await promisify(gunzip)(await readFile(join(folder, 'glyphs.bin.gz')));
  return Array.from({ length: bytes.length / 128 }, (_, i) => {
    const packed = bytes.subarray(i * 128, (i + 1) * 128);
    return new InkBits(Uint8Array.from({ length: 1024 }, (_, bit) => (packed[bit >> 3]! >> (7 - (bit & 7))) & 1)); // numpy.packbits
  });
}
