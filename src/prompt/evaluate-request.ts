/**
 * The `EvaluateRequest`: one measurement of a model, said completely. `icons` scores what a model of the icon family draws,
 * `emoji` what one draws that was taught colour emoji too; `retrieval` asks any model which caption belongs to which picture.
 */
import { z } from 'zod';
import { AdapterReference, ModelReference } from './request';

/** Ways in which a prompt may be new to the embedded model (recipes/icons/splits.py). */
export const SPLITS = ['seen', 'pairs', 'colour-pairs', 'style', 'wording'] as const;
export type Split = (typeof SPLITS)[number];
/** The same of emoji: in no way, and a label in a style in which training never showed it. */
export const EMOJI_SPLITS = ['emoji', 'emoji-style'] as const;
export type EmojiSplit = (typeof EMOJI_SPLITS)[number];

const shared = {
  model: ModelReference,
  adapters: z.array(AdapterReference).max(32),
  /** Absolute path of the folder for report and pictures; `null` writes nothing. */
  folder: z.string().min(1).nullable(),
};

/** Which pictures are drawn. */
const pictures = {
  /** Prompts of each split: the first of its list. */
  prompts: z.int().min(1).max(500),
  /** Pictures of each prompt. */
  seeds: z.int().min(1).max(100),
  /** Prompts of which 16 pictures are drawn to see how much they differ; 0 leaves that out. */
  distinct: z.int().min(0).max(500),
  /** `null`: as the model says. */
  steps: z.int().min(1).max(1000).nullable(),
  guidanceScale: z.number().min(0).max(100).nullable(),
  /** Pixels a side in which pictures are drawn; they are looked at in 64. `null`: as the model says. */
  side: z.int().min(64).max(1024).multipleOf(64).nullable(),
  /** Whether the pooled vector is the prompt's or nothing. */
  pooled: z.enum(['text', 'null']),
};

export const EvaluateRequest = z.discriminatedUnion('suite', [
  z.strictObject({
    suite: z.literal('icons'),
    ...shared,
    splits: z.array(z.enum(SPLITS)).min(1),
    ...pictures,
  }),
  z.strictObject({
    suite: z.literal('emoji'),
    ...shared,
    splits: z.array(z.enum(EMOJI_SPLITS)).min(1),
    ...pictures,
  }),
  z.strictObject({
    suite: z.literal('retrieval'),
    ...shared,
    /** Absolute path of a captioned folder. */
    dataset: z.string().min(1),
    /** Pictures that are asked about; `null`: all. */
    pictures: z.int().min(1).nullable(),
    /** Captions each picture chooses from, its own included. */
    captions: z.int().min(2).max(64),
    /** Also captions in which the concept alone is another. */
    hard: z.boolean(),
    /** Noise levels of the fixed grid, each with one noise. */
    grid: z.int().min(1).max(1000),
    seed: z.int().min(0),
  }),
]);
export type EvaluateRequest = z.infer<typeof EvaluateRequest>;
export type IconsRequest = Extract<EvaluateRequest, { suite: 'icons' }>;
export type EmojiRequest = Extract<EvaluateRequest, { suite: 'emoji' }>;
/** Suites that look at drawn pictures. */
export type PicturesRequest = IconsRequest | EmojiRequest;
export type RetrievalRequest = Extract<EvaluateRequest, { suite: 'retrieval' }>;
