/** One measurement at a time, each kept in the ledger: a drawn picture scored, or the captions of one picture ranked. */
import { join } from 'node:path';
import { z } from 'zod';
import { readDataset, sha256OfFile } from '../../../src/dataset';
import type { Pipelines } from '../../../src/diffusion';
import { pieces, type Glyph } from '../../../src/evaluation/icons/glyph';
import type { Judge } from '../../../src/evaluation/judge';
import type { AskedPicture } from '../../../src/evaluation/icons/judge-files';
import { bitsOf } from '../../../src/evaluation/pixels/ink-bits';
import type { Mask } from '../../../src/evaluation/pixels/mask';
import { pictureRequest } from '../../../src/evaluation/drawing/pictures';
import { MARKS, scorePicture } from '../../../src/evaluation/icons/score-picture';
import { hardChoices, randomChoices } from '../../../src/evaluation/retrieval/captions';
import { DenoisingErrors } from '../../../src/evaluation/retrieval/denoising-errors';
import { knownConcepts, readModelFolder } from '../../../src/models';
import type { ModelReference } from '../../../src/prompt';
import type { Bank } from './banks';
import type { Ledger } from './ledger';

const PictureScore = z.object({
  marks: z.object(Object.fromEntries(MARKS.map((mark) => [mark, z.int().min(0).max(1)])) as Record<(typeof MARKS)[number], z.ZodInt>),
  /** Separate pieces of ink; 0 if nothing is drawn. */
  pieces: z.int(),
  /** The glyph as 1024 bits, base64; `null` if nothing is drawn. */
  glyph: z.string().nullable(),
});
export type PictureScore = z.infer<typeof PictureScore>;

/** How many captions are better than the right one. */
const Ranks = z.object({ random: z.int(), hard: z.int() });
export type Ranks = z.infer<typeof Ranks>;

/** A prompt of a list, and which of its pictures: together they decide the noise, whatever the arm. */
export interface Sitting {
  readonly split: string;
  readonly place: number;
  readonly asked: AskedPicture;
  readonly turn: number;
}

/** A held-out picture, its caption first in both lists. */
export interface Question {
  /** Absolute path, and the SHA-256 of the bytes. */
  readonly picture: string;
  readonly sha256: string;
  readonly random: readonly string[];
  readonly hard: readonly string[];
}

export interface Instruments {
  readonly ledger: Ledger;
  readonly pipelines: Pipelines;
  readonly judge: Judge;
  readonly model: ModelReference & { readonly sha256: string };
  readonly steps: number;
  readonly side: number;
  readonly grid: number;
}

export class Measurements {
  private errors: { readonly of: string; readonly denoising: DenoisingErrors } | undefined;

  constructor(private readonly instruments: Instruments) {}

  picture(bank: Bank | null, sitting: Sitting, guidance: number): Promise<PictureScore> {
    const { split, place, asked, turn } = sitting;
    const { ledger, judge, steps, side } = this.instruments;
    return ledger.get(['picture', this.of(bank), split, place, turn, guidance, steps, side], PictureScore, async () => {
      const { marks, glyph } = await scorePicture(await this.draw(bank, sitting, guidance), asked, judge);
      return { marks, pieces: glyph ? pieces(glyph) : 0, glyph: glyph && packed(glyph) };
    });
  }

  /** `[side, side, 3]` bytes. */
  async draw(bank: Bank | null, { asked, place, turn }: Sitting, guidance: number): Promise<Uint8Array> {
    const { pipelines, model, steps, side } = this.instruments;
    const request = pictureRequest(asked.prompt, place, turn, { model, adapters: bank ? [bank.adapter] : [] }, { width: side, height: side, steps, guidanceScale: guidance });
    return (await pipelines.draw(request)).rgb;
  }

  retrieval(bank: Bank | null, { picture, sha256, random, hard }: Question): Promise<Ranks> {
    const { ledger, pipelines, model, grid } = this.instruments;
    return ledger.get(['retrieval', this.of(bank), sha256, grid, ...random, ...hard.slice(1)], Ranks, async () => {
      if (this.errors?.of !== this.of(bank)) this.errors = { of: this.of(bank), denoising: new DenoisingErrors(model, bank ? [bank.adapter] : [], grid, 0) };
      const { denoising } = this.errors;
      const [own, ...others] = await pipelines.use(model, (loaded) => denoising.of(loaded, picture, [...random, ...hard.slice(1)]));
      const better = (errors: readonly number[]) => errors.filter((error) => error <= own!).length;
      return { random: better(others.slice(0, random.length - 1)), hard: better(others.slice(random.length - 1)) };
    });
  }

  /** What makes an answer another one, whatever the arm is called. */
  private of(bank: Bank | null): string {
    return `${this.instruments.model.sha256.slice(0, 16)}+${bank ? bank.record.sha256.slice(0, 16) : 'nothing'}`;
  }
}

/** The first `count` pictures of a held-out folder, each with `captions` captions of either kind. */
export async function questionsOf(folder: string, { path, id }: ModelReference, count: number, captions: number): Promise<Question[]> {
  const { root, entries } = await readDataset(folder);
  const captioned = entries.flatMap(({ picture, caption }) => (caption ? [{ picture: join(root, picture), caption }] : []));
  const known = await knownConcepts(await readModelFolder(path, id));
  if (!known) throw new Error(`${id} has no concepts.json, so no caption can be changed in its concept alone`);
  const hard = new Map(hardChoices(captioned, known.concepts.map(({ name, synonyms }) => [name, ...synonyms]), captions, 0).map((choice) => [choice.picture, choice.captions]));
  const asked = randomChoices(captioned, captions, 0).filter(({ picture }) => hard.has(picture)).slice(0, count);
  return Promise.all(asked.map(async (choice) => ({ picture: choice.picture, sha256: await sha256OfFile(choice.picture), random: choice.captions, hard: hard.get(choice.picture)! })));
}

function packed(glyph: Glyph): string {
  const bytes = Buffer.alloc(128);
  bitsOf(glyph).forEach((bit, i) => (bytes[i >> 3]! |= bit << (i & 7)));
  return bytes.toString('base64');
}

/** The bits that a score keeps. */
export function unpacked(glyph: string): Mask {
  const bytes = Buffer.from(glyph, 'base64');
  return Uint8Array.from({ length: 1024 }, (_, i) => (bytes[i >> 3]! >> (i & 7)) & 1);
}
