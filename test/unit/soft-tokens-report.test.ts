import assert from 'node:assert/strict';
import { appendFileSync, existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { MARKS } from '../../src/evaluation/icons/score-picture';
import { ARMS, armsNamed } from '../reports/soft-tokens/arms';
import { bestGuidance, changes, compare, verdict, type ArmMeasured } from '../reports/soft-tokens/comparison';
import { gainsChart } from '../reports/soft-tokens/gains-chart';
import { Ledger } from '../reports/soft-tokens/ledger';
import type { PictureScore } from '../reports/soft-tokens/measurements';
import { inReadme, quotedIn } from '../reports/soft-tokens/readme';
import { markdownOf, quoteOf, Report } from '../reports/soft-tokens/report';

const ROOT = join(__dirname, '../..');
const WRITTEN = join(ROOT, 'recipes/training/soft-tokens-report');

describe('the ledger of a report', () => {
  let folder: string;
  before(async () => void (folder = await mkdtemp(join(tmpdir(), 'easel-ledger-'))));
  after(() => rm(folder, { recursive: true }));

  it('asks once for each key, also in the next process, and again for what was cut short', async () => {
    const file = join(folder, 'work/ledger.jsonl');
    let asked = 0;
    const make = async () => ++asked;
    const first = new Ledger(file);
    assert.deepEqual([await first.get(['a', 1], z.int(), make), await first.get(['a', 1], z.int(), make), await first.get(['a', 2], z.int(), make)], [1, 1, 2]);
    appendFileSync(file, '["a|3",7');
    const second = new Ledger(file);
    assert.deepEqual([await second.get(['a', 1], z.int(), make), await second.get(['a', 2], z.int(), make), await second.get(['a', 3], z.int(), make)], [1, 2, 3]);
    assert.equal(await new Ledger(file).get(['a', 3], z.int(), make), 3);
    await assert.rejects(new Ledger(file).get(['a', 1], z.string(), async () => ''), z.ZodError);
  });
});

describe('the comparison of arms', () => {
  const score = (joint: number): PictureScore => ({ marks: Object.fromEntries(MARKS.map((mark) => [mark, mark === 'joint' ? joint : 0])) as PictureScore['marks'], pieces: 2, glyph: null });
  /** `banks`: per seed, per prompt, the joint success of its pictures. */
  const arm = (name: string, banks: number[][][]): ArmMeasured => ({
    arm: { name, what: '', options: {} }, validation: [], guidance: 3, training: [],
    banks: banks.map((prompts) => ({ pictures: prompts.map((turns) => turns.map(score)), many: [], ranks: [{ random: 0, hard: 1 }] })),
  });
  const prompts = Array.from({ length: 20 }, (_, i) => [i % 2]);
  const all = Array.from({ length: 20 }, () => [1]);

  it('averages over seeds and turns, then pairs by prompt', () => {
    const scores = compare([arm('base', [prompts]), arm('denoising', [prompts, prompts]), arm('soft-tokens', [prompts, all])]);
    const { value, overBase, overControl, bySeed, units } = scores['joint']!['soft-tokens']!;
    assert.deepEqual([value.mean, overBase?.mean, overControl?.mean, bySeed, units], [0.75, 0.25, 0.25, [0.5, 1], 20]);
    assert.ok(overBase!.low > 0, 'half of the prompts gained by a half');
    assert.deepEqual(scores['joint']!['denoising']!.overBase, { mean: 0, low: 0, high: 0 });
    assert.deepEqual([scores['joint']!['base']!.overBase, scores['joint']!['denoising']!.overControl], [null, null]);
    assert.deepEqual([scores['hardRetrieval']!['base']!.value.mean, scores['randomRetrieval']!['base']!.value.mean], [0, 1]);
    assert.equal(scores['distinct'], undefined, 'nothing was drawn for it');
  });

  it('counts pictures that were won and lost', () => {
    const { 'soft-tokens': counted } = changes([arm('base', [[[1], [0], [1]]]), arm('soft-tokens', [[[1], [1], [0]], [[0], [1], [1]]])], 'joint');
    assert.deepEqual(counted, { pictures: 6, won: 2, lost: 2 });
  });

  it('chooses the guidance with the most joint success, of equals the one nearest to the model\'s own', () => {
    const tried = (joint: number[]) => [1.5, 2, 3, 4.5].map((guidance, i) => ({ guidance, joint: joint[i]! }));
    assert.equal(bestGuidance(tried([0.1, 0.4, 0.3, 0.2]), 3), 2);
    assert.equal(bestGuidance(tried([0.4, 0.2, 0.2, 0.4]), 3), 1.5);
    assert.equal(bestGuidance(tried([0, 0, 0, 0]), 3), 3);
  });

  it('calls a gain what its interval shows and nothing else', () => {
    assert.deepEqual([verdict({ mean: 1, low: 0.1, high: 2 }, 10), verdict({ mean: 1, low: 0.1, high: 2 }, 10, false), verdict({ mean: 0, low: -0.1, high: 2 }, 10), verdict({ mean: -1, low: -2, high: -0.1 }, 10), verdict({ mean: 1, low: 1, high: 1 }, 9)],
      ['a gain', 'worse', 'none shown, the interval includes 0', 'worse', 'too few to say']);
  });

  it('needs the arms that gains are told over', () => {
    assert.equal(armsNamed(ARMS.map(({ name }) => name)).length, ARMS.length);
    assert.throws(() => armsNamed(['base', 'soft-tokens']), /--arms needs denoising/);
    assert.throws(() => armsNamed(['base', 'denoising', 'magic']), /no arm "magic"/);
  });
});

describe('the report that the repository keeps', () => {
  it('says what its numbers say, and the README quotes it', async () => {
    assert.ok(existsSync(join(WRITTEN, 'report.json')), 'npm run report -- soft-tokens');
    const report = Report.parse(JSON.parse(await readFile(join(WRITTEN, 'report.json'), 'utf8')));
    // After a change of words: npm run report -- soft-tokens --render
    assert.equal(await readFile(join(WRITTEN, 'report.md'), 'utf8'), markdownOf(report));
    assert.equal(await readFile(join(WRITTEN, 'gains.svg'), 'utf8'), gainsChart(report));
    assert.equal(quotedIn(await readFile(join(ROOT, 'README.md'), 'utf8')), quoteOf(report));
    assert.equal(report.model.denoiser.before, report.model.denoiser.after, 'the backbone is as it was');
    assert.ok(report.trainables < report.model.parameters / 100 && report.trainables < 1e6);
  });

  it('is put between the README\'s marks', () => {
    const readme = 'a\n<!-- soft-tokens report: begin -->\nold\n<!-- soft-tokens report: end -->\nb';
    assert.equal(quotedIn(inReadme(readme, 'new\nlines')), 'new\nlines');
    assert.match(inReadme(readme, 'new'), /^a\n<!--[^>]*-->\nnew\n<!--[^>]*-->\nb$/);
    assert.throws(() => inReadme('nothing', 'new'), /no <!-- soft-tokens report: begin -->/);
  });
});
