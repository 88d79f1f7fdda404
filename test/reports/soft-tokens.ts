/**
 * Soft tokens against the model alone and against a plain-loss control: trains, draws, compares, writes a report that the
 * repository keeps, and puts its figures into the README. Everything is kept per arm, seed and prompt: killed, the same
 * command goes on where it was.
 *
 *     npm run report -- soft-tokens --data DIR      the whole measurement
 *
 * `--data` is what `recipes/judge/captioned_folders.py DIR` wrote: DIR/train and DIR/held-out. Sizes: `--seeds 3`,
 * `--train-steps 500`, `--validation 100`, `--prompts 500`, `--turns 2`, `--distinct 20` (prompts of which
 * `--among 16` pictures are compared), `--pictures 200`, `--captions 8`, `--grid 8`, `--guidance 1.5,2,3,4.5,6`, `--steps 20`. Others: `--arms`,
 * `--model DIR`, `--work DIR` (what was measured already), `--out DIR`, `--threads N`, `--no-readme`; `--render` only writes the
 * texts again from OUT/report.json.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fingerprintDataset, readDataset, sha256OfFile } from '../../src/dataset';
import { Pipelines } from '../../src/diffusion';
import { judgeFolder, openJudge, readPrompts } from '../../src/evaluation/icons/judge-files';
import { SIDE } from '../../src/evaluation/pixels/mask';
import { writeText } from '../../src/evaluation/write-text';
import { contactSheet, encodePng } from '../../src/image';
import { replaceFile } from '../../src/image/store';
import { embeddedModelFolder, hashModelFolder, readModelFolder } from '../../src/models';
import type { Split } from '../../src/prompt';
import { armsNamed, type Arm } from './soft-tokens/arms';
import { bankOf, type Bank } from './soft-tokens/banks';
import { bestGuidance, mean, type ArmMeasured, type BankMeasured } from './soft-tokens/comparison';
import { gainsChart } from './soft-tokens/gains-chart';
import { Ledger } from './soft-tokens/ledger';
import { Measurements, questionsOf, type Question, type Sitting } from './soft-tokens/measurements';
import { inReadme } from './soft-tokens/readme';
import { markdownOf, quoteOf, Report, ReportSize, reportOf } from './soft-tokens/report';

const ROOT = join(__dirname, '../..');
/** Guidance is chosen on one kind of combinations never trained, and tested on the other. */
const [VALIDATION, TEST] = ['colour-pairs', 'pairs'] as const satisfies readonly Split[];
/** Prompts on the sheet of pictures. */
const SHEET = 8;

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string' }, model: { type: 'string' }, work: { type: 'string', default: join(ROOT, '.cache/reports/soft-tokens') }, out: { type: 'string', default: join(ROOT, 'recipes/training/soft-tokens-report') },
    arms: { type: 'string', default: 'base,soft-tokens,denoising,hard-negatives,soft-rank' }, seeds: { type: 'string', default: '3' }, 'train-steps': { type: 'string', default: '500' },
    validation: { type: 'string', default: '100' }, prompts: { type: 'string', default: '500' }, turns: { type: 'string', default: '2' }, distinct: { type: 'string', default: '20' }, among: { type: 'string', default: '16' },
    pictures: { type: 'string', default: '200' }, captions: { type: 'string', default: '8' }, grid: { type: 'string', default: '8' }, guidance: { type: 'string', default: '1.5,2,3,4.5,6' },
    steps: { type: 'string', default: '20' }, threads: { type: 'string', default: '2' }, 'no-readme': { type: 'boolean', default: false }, render: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  if (flags.render) return render(Report.parse(JSON.parse(await readFile(join(resolve(flags.out), 'report.json'), 'utf8'))), resolve(flags.out));
  if (flags.data === undefined) throw new Error('--data DIR is missing: the folder that recipes/judge/captioned_folders.py wrote');
  const [data, work, out] = [resolve(flags.data), resolve(flags.work), resolve(flags.out)];
  const size = ReportSize.parse({
    seeds: Number(flags.seeds), trainSteps: Number(flags['train-steps']), validationPrompts: Number(flags.validation), testPrompts: Number(flags.prompts), turns: Number(flags.turns), guidance: flags.guidance.split(',').map(Number),
    distinctPrompts: Number(flags.distinct), distinctTurns: Number(flags.among), heldOutPictures: Number(flags.pictures), captions: Number(flags.captions), noiseLevels: Number(flags.grid), samplerSteps: Number(flags.steps),
  });
  const arms = armsNamed(flags.arms.split(','));
  const dir = flags.model === undefined ? embeddedModelFolder() : resolve(flags.model);
  if (dir === undefined) throw new Error('the embedded model is not here; give another by --model');
  const folder = await readModelFolder(dir);
  const denoiser = (folder.components.transformer ?? folder.components.unet)?.file ?? '';
  const before = await sha256OfFile(denoiser);
  const model = { id: folder.id, path: dir, sha256: await hashModelFolder(folder) };

  const threads = Number(flags.threads);
  const [pipelines, judge, ledger, lists] = [new Pipelines({ threads }), await openJudge(judgeFolder()), new Ledger(join(work, 'ledger.jsonl')), await readPrompts(judgeFolder())];
  const measure = new Measurements({ ledger, pipelines, judge, model, steps: size.samplerSteps, side: SIDE, grid: size.noiseLevels });
  const sittings = (split: Split, count: number, turns: number): Sitting[][] => lists[split].slice(0, count).map((asked, place) => Array.from({ length: turns }, (_, turn) => ({ split, place, asked, turn })));
  const sets: Sets = { validation: sittings(VALIDATION, size.validationPrompts, 1), test: sittings(TEST, size.testPrompts, size.turns), many: sittings(TEST, size.distinctPrompts, size.distinctTurns), questions: await questionsOf(join(data, 'held-out'), model, size.heldOutPictures, size.captions) };
  const context = { measure, sets, guidance: size.guidance, own: folder.defaults.guidanceScale };
  const dataset = join(data, 'train');
  const plan = { ledger, pipelines, model, dataset, fingerprint: await fingerprintDataset(await readDataset(dataset)), work, steps: size.trainSteps, threads, tell: progress };
  const measured: ArmMeasured[] = [];
  const first = new Map<string, Bank | null>();
  for (const arm of arms) {
    const banks: (Bank | null)[] = [];
    if (arm.options === null) banks.push(null);
    else for (let seed = 0; seed < size.seeds; seed++) banks.push(await bankOf({ ...arm, options: arm.options }, seed, plan));
    first.set(arm.name, banks[0] ?? null);
    measured.push(await armMeasured(arm, banks, context));
  }

  const command = ['npm run report -- soft-tokens --data DIR', ...Object.entries(flags).filter(([name, value]) => SIZES.has(name) && value !== undefined).map(([name, value]) => `--${name} ${String(value)}`)].join(' ');
  const after = await sha256OfFile(denoiser);
  const report = reportOf({ command, size: { ...size, heldOutPictures: sets.questions.length }, model: { id: model.id, sha256: model.sha256, denoiser: { before, after } } }, measured);
  progress('');
  await render(report, out);
  const rows = sets.test.slice(0, SHEET).map(([sitting]) => sitting!);
  const cells: { path: string; label: string }[] = [];
  for (const sitting of rows) for (const { arm, guidance } of measured) cells.push({ path: await drawn(join(work, 'pictures'), await measure.draw(first.get(arm.name) ?? null, sitting, guidance), cells.length), label: arm.name });
  await contactSheet(cells, join(out, 'pictures.png'), measured.length);
  await judge.release();
  await pipelines.dispose();
  if (before !== after) throw new Error(`${denoiser} has changed while the report was made; its numbers are of no one model: run the command again`);
}

/** Everything that follows from the numbers. */
async function render(report: Report, out: string): Promise<void> {
  const text = markdownOf(report);
  for (const file of await writeText(out, { report, text })) console.log(relative(ROOT, file));
  await replaceFile(join(out, 'gains.svg'), Buffer.from(gainsChart(report)));
  const readme = join(ROOT, 'README.md');
  if (!flags['no-readme']) await writeFile(readme, inReadme(await readFile(readme, 'utf8'), quoteOf(report)));
  console.log(text);
}

const SIZES = new Set(['arms', 'seeds', 'train-steps', 'validation', 'prompts', 'turns', 'distinct', 'among', 'pictures', 'captions', 'grid', 'guidance', 'steps']);

interface Sets {
  readonly validation: readonly (readonly Sitting[])[];
  readonly test: readonly (readonly Sitting[])[];
  readonly many: readonly (readonly Sitting[])[];
  readonly questions: readonly Question[];
}

interface Context {
  readonly measure: Measurements;
  readonly sets: Sets;
  readonly guidance: readonly number[];
  /** The model's own guidance. */
  readonly own: number;
}

/** The guidance is chosen over all of the arm's banks; only then is a test picture drawn, and only with it. */
async function armMeasured(arm: Arm, banks: readonly (Bank | null)[], { measure, sets, guidance: tried, own }: Context): Promise<ArmMeasured> {
  const validation: { guidance: number; joint: number }[] = [];
  for (const guidance of tried) {
    const joint: number[] = [];
    for (const bank of banks) {
      for (const [sitting] of sets.validation) joint.push((await measure.picture(bank, sitting!, guidance)).marks.joint);
      progress(`${arm.name}: guidance ${guidance}, joint success ${mean(joint).toFixed(3)}`);
    }
    validation.push({ guidance, joint: mean(joint) });
  }
  const guidance = bestGuidance(validation, own);
  const done: BankMeasured[] = [];
  for (const [seed, bank] of banks.entries()) {
    const pictures = async (of: readonly (readonly Sitting[])[], what: string) => {
      const scores = [];
      for (const [prompt, turns] of of.entries()) {
        const row = [];
        for (const sitting of turns) row.push(await measure.picture(bank, sitting, guidance));
        scores.push(row);
        progress(`${arm.name}, seed ${seed}: ${what} ${prompt + 1} of ${of.length}`);
      }
      return scores;
    };
    const ranks = [];
    for (const [i, question] of sets.questions.entries()) {
      ranks.push(await measure.retrieval(bank, question));
      progress(`${arm.name}, seed ${seed}: question ${i + 1} of ${sets.questions.length}`);
    }
    done.push({ pictures: await pictures(sets.test, 'prompt'), many: await pictures(sets.many, 'variety'), ranks });
  }
  return { arm, validation, guidance, training: banks.flatMap((bank) => (bank ? [bank.record] : [])), banks: done };
}

async function drawn(folder: string, rgb: Uint8Array, index: number): Promise<string> {
  const path = join(folder, `${index}.png`);
  await mkdir(folder, { recursive: true });
  await writeFile(path, await encodePng(rgb, SIDE, SIDE));
  return path;
}

let told = 0;
/** On a terminal always, in a log every few seconds. */
function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line}`);
  else if (line !== '' && Date.now() - told > 5000) {
    told = Date.now();
    process.stderr.write(`${line}\n`);
  }
}

void main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 3;
});
