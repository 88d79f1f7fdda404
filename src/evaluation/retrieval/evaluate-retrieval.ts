/** `easel evaluate retrieval`: which caption belongs to which picture, asked of the denoising error; with adapters, paired with the bare model. */
import { join } from 'node:path';
import { readDataset } from '../../dataset';
import { knownConcepts, readModelFolder } from '../../models';
import type { RetrievalRequest } from '../../prompt';
import { EvaluationError } from '../error';
import type { Evaluation, EvaluationHooks, Models } from '../job';
import { interval, type Interval } from '../statistics';
import { shown, table } from '../table';
import { gallery, refuseOtherSheets, SHEET_SIZE, writeSheet, type SheetPicture } from '../write-sheet';
import { writeText } from '../write-text';
import { hardChoices, randomChoices, type Choice } from './captions';
import { DenoisingErrors } from './denoising-errors';

interface Outcome {
  /** 1 where the own caption has the smallest error. */
  readonly right: readonly number[];
  /** Captions with a smaller error than the own one. */
  readonly rank: readonly number[];
  /** The caption with the smallest error. */
  readonly chosen: readonly string[];
}

/** Rejects with `EvaluationError` or what the model's parts reject with; cancelled or failed, nothing has been written. */
export async function evaluateRetrieval(request: RetrievalRequest, models: Models, hooks: EvaluationHooks): Promise<Evaluation> {
  const sets = await choicesOf(request, hooks.signal);
  const arms = [{ name: 'model', adapters: [] }, ...(request.adapters.length > 0 ? [{ name: 'with adapters', adapters: request.adapters }] : [])];
  if (request.folder !== null) await refuseOtherSheets(request.folder, [...sets.keys()].flatMap((set) => arms.map(({ name }) => sheetName(set, name))));
  const total = arms.length * [...sets.values()].reduce((sum, choices) => sum + choices.length, 0);
  const outcomes = new Map<string, Map<string, Outcome>>();
  let done = 0;
  for (const arm of arms) {
    const errors = new DenoisingErrors(request.model, arm.adapters, request.grid, request.seed);
    for (const [set, choices] of sets) {
      const ranks: number[] = [];
      const chosen: string[] = [];
      for (const { picture, captions } of choices) {
        await hooks.giveWay();
        if (hooks.signal.aborted) throw new EvaluationError('cancelled', 'the evaluation was cancelled; nothing was written');
        const [own, ...others] = await models.use(request.model, (model) => errors.of(model, picture, captions));
        ranks.push(others.filter((other) => other <= own!).length);
        // A tie is no right answer, so it is not shown as one.
        const best = others.reduce((least, error, i) => (error <= least.error ? { error, i: i + 1 } : least), { error: own!, i: 0 });
        chosen.push(captions[best.i]!);
        hooks.onProgress(++done, total);
      }
      outcomes.set(set, (outcomes.get(set) ?? new Map<string, Outcome>()).set(arm.name, { right: ranks.map((rank) => Number(rank === 0)), rank: ranks, chosen }));
    }
  }
  const report = reportOf(request, outcomes);
  const text = textOf(report);
  return { suite: 'retrieval', report, text, files: request.folder === null ? [] : await writeReport(request.folder, { report, text }, sheetsOf(sets, outcomes)) };
}

async function writeReport(folder: string, { report, text }: { report: RetrievalReport; text: string }, sheets: ReadonlyMap<string, readonly SheetPicture[]>): Promise<string[]> {
  const files = await writeText(folder, { report, text: text + gallery(sheets.keys()) });
  for (const [name, pictures] of sheets) files.push(...(await writeSheet(folder, name, pictures)));
  return files;
}

/** For each kind of captions and each arm the first pictures, with the caption that was taken for theirs where it is another. */
function sheetsOf(sets: ReadonlyMap<string, readonly Choice[]>, outcomes: ReadonlyMap<string, ReadonlyMap<string, Outcome>>): Map<string, SheetPicture[]> {
  const pairs = [...sets].flatMap(([set, choices]) => [...outcomes.get(set)!].map(([arm, { chosen }]) => ({ name: sheetName(set, arm), choices, chosen })));
  return new Map(pairs.map(({ name, choices, chosen }) => [name, choices.slice(0, SHEET_SIZE).map(({ picture, captions: [own] }, i): SheetPicture => {
    const said = chosen[i]!;
    return { path: picture, prompt: own, label: said, remark: said === own ? '' : `taken for: ${said}` };
  })]));
}

function sheetName(set: string, arm: string): string {
  return arm === 'model' ? set : `${set} ${arm}`.replaceAll(' ', '-');
}

/** Captions to choose from, by kind. */
async function choicesOf({ dataset, pictures, captions, hard, seed, model }: RetrievalRequest, signal: AbortSignal): Promise<Map<string, Choice[]>> {
  const { root, entries } = await readDataset(dataset, { signal });
  const captioned = entries.flatMap(({ picture, caption }) => (caption ? [{ picture: join(root, picture), caption }] : []));
  const asked = captioned.slice(0, pictures ?? undefined);
  if (asked.length === 0) throw new EvaluationError('bad-request', `${dataset} has no picture with a caption; choose another folder`);
  const sets = new Map<string, Choice[]>();
  try {
    // Others come from the whole set, whichever pictures are asked about.
    sets.set('random', randomChoices(captioned, captions, seed).slice(0, asked.length));
  } catch (error) {
    throw new EvaluationError('bad-request', `${dataset}: ${(error as Error).message}; give fewer --captions`, { cause: error });
  }
  if (!hard) return sets;
  const known = await knownConcepts(await readModelFolder(model.path, model.id));
  if (!known) throw new EvaluationError('bad-request', `${model.id} has no concepts.json, so no caption can be changed in its concept alone; leave out --hard`);
  const choices = hardChoices(asked, known.concepts.map(({ name, synonyms }) => [name, ...synonyms]), captions, seed);
  if (choices.length === 0) throw new EvaluationError('bad-request', `no caption of ${dataset} names a concept that ${model.id} knows; leave out --hard`);
  return sets.set('hard', choices);
}

interface SetReport {
  readonly pictures: number;
  readonly accuracy: Readonly<Record<string, Interval>>;
  readonly meanRank: Readonly<Record<string, Interval>>;
  /** Accuracy with adapters minus without, paired by picture; `null` without adapters. */
  readonly gain: Interval | null;
}

type RetrievalReport = {
  readonly suite: 'retrieval';
  readonly model: { readonly id: string; readonly sha256: string | null };
  readonly adapters: readonly { readonly id: string; readonly weight: number }[];
  readonly settings: Pick<RetrievalRequest, 'captions' | 'grid' | 'seed'> & { readonly dataset: string };
  readonly chance: number;
  readonly sets: Readonly<Record<string, SetReport>>;
};

function reportOf({ model, adapters, captions, grid, seed, dataset }: RetrievalRequest, outcomes: ReadonlyMap<string, ReadonlyMap<string, Outcome>>): RetrievalReport {
  const each = (arms: ReadonlyMap<string, Outcome>, values: (outcome: Outcome) => readonly number[]) => Object.fromEntries([...arms].map(([arm, outcome]) => [arm, interval(values(outcome))]));
  const sets = [...outcomes].map(([set, arms]): [string, SetReport] => {
    const [bare, adapted] = [...arms.values()];
    return [set, {
      pictures: bare!.right.length,
      accuracy: each(arms, ({ right }) => right),
      meanRank: each(arms, ({ rank }) => rank),
      gain: adapted ? interval(adapted.right.map((right, i) => right - bare!.right[i]!)) : null,
    }];
  });
  return {
    suite: 'retrieval', model: { id: model.id, sha256: model.sha256 ?? null }, adapters: adapters.map(({ id, weight }) => ({ id, weight })),
    settings: { dataset, captions, grid, seed }, chance: 1 / captions, sets: Object.fromEntries(sets),
  };
}

function textOf({ model, adapters, settings, chance, sets }: RetrievalReport): string {
  const rows = Object.entries(sets).flatMap(([set, { pictures, accuracy, meanRank, gain }]) =>
    Object.keys(accuracy).map((arm) => [set, arm, String(pictures), shown(accuracy[arm]!), shown(meanRank[arm]!), arm === 'model' || !gain ? '' : shown(gain)]));
  return [
    `# ${model.id}: which caption belongs to which picture`, '',
    `${settings.captions} captions each (chance ${chance.toFixed(2)}), denoising error averaged over ${settings.grid} noise levels, the same noise for every caption${adapters.map(({ id, weight }) => `, <${id}:${weight}>`).join('')}; 95 % bootstrap intervals over pictures, paired where two are compared.`,
    'Hard: the concept alone is another, everything else in the caption stays.', '',
    ...table(['captions', 'arm', 'pictures', 'accuracy', 'captions before the right one', 'gain in accuracy'], rows), '',
  ].join('\n');
}
