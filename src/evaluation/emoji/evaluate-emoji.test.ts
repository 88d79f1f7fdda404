import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pipelines } from '../../diffusion';
import { TINY_ICON } from '../../diffusion/test-support/tiny-request';
import type { EmojiRequest } from '../../prompt';
import { evaluate, type EvaluationHooks, type Models } from '..';
import type { EmojiReport } from './report';

describe('the emoji suite', function () {
  this.timeout(60_000);
  const pipelines = new Pipelines({ threads: 1 });
  let folder: string;
  /** The tiny model, as if it had been taught. */
  let taught: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-emoji-'));
    taught = join(folder, 'model');
    await cp(TINY_ICON, taught, { recursive: true });
    await writeFile(join(taught, 'concepts.json'), JSON.stringify({ concepts: [], emoji: [{ name: 'skull', character: '💀' }] }));
  });
  after(async () => {
    await pipelines.dispose();
    await rm(folder, { recursive: true });
  });
  const run = async (changes: Partial<EmojiRequest> = {}, hooks: Partial<EvaluationHooks> = {}, models: Models = pipelines) => {
    const request: EmojiRequest = {
      suite: 'emoji', model: { id: 'tiny-icon', path: taught }, adapters: [], folder: null, splits: ['emoji', 'emoji-style'], prompts: 2, seeds: 1, distinct: 0, steps: 1, guidanceScale: 1, side: null, pooled: 'text', ...changes,
    };
    const { suite, report, text, files } = await evaluate(request, models, { signal: new AbortController().signal, giveWay: async () => {}, onProgress: () => {}, ...hooks });
    return { suite, report: report as unknown as EmojiReport, text, files };
  };
  const nothingDrawn: Models = { drawTogether: () => assert.fail('drawn'), use: () => assert.fail('used') };

  it('draws the first prompts of each split and leaves a report with sheets', async () => {
    const out = join(folder, 'report');
    const told: string[] = [];
    const { suite, report, text, files } = await run({ folder: out }, { onProgress: (done, total) => told.push(`${done}/${total}`) });
    assert.deepEqual([suite, report.suite, told], ['emoji', 'emoji', ['1/4', '2/4', '3/4', '4/4']]);
    assert.deepEqual(files.map((file) => file.slice(out.length + 1)), ['report.json', 'report.md', 'emoji.txt', 'emoji.png', 'emoji-style.txt', 'emoji-style.png']);
    assert.deepEqual((await readdir(out)).length, files.length);
    assert.deepEqual(JSON.parse(await readFile(files[0]!, 'utf8')), report);
    assert.equal(await readFile(files[1]!, 'utf8'), `${text}${['emoji', 'emoji-style'].map((name) => `\n## ${name}\n\n![The first 32 pictures of ${name}](${name}.png)\n`).join('')}`);
    assert.deepEqual(report.settings, { width: 64, height: 64, steps: 1, guidanceScale: 1, prompts: 2, seeds: 1, distinct: 0, pooled: 'text' });
    assert.deepEqual([report.splits.emoji?.pictures, report.splits['emoji-style']?.pictures, report.distinctness], [2, 2, null]);
    const lines = (await readFile(join(out, 'emoji.txt'), 'utf8')).trimEnd().split('\n');
    assert.deepEqual(lines.map((line) => line.split('  (')[0]), ['tiger emoji in flat style on a purple circle', '3d money with wings emoji']);
    assert.match(lines[0]!, / {2}\(seen as [a-z ]+(, (canvas|container|background) wrong)+\)$/);
  });

  it('says the same every time, and compares pictures of one prompt', async () => {
    const first = await run({ splits: ['emoji-style'], distinct: 1, seeds: 2 });
    assert.equal(first.report.distinctness?.prompts, 1);
    assert.deepEqual({ ...(await run({ splits: ['emoji-style'], distinct: 1, seeds: 2 })).report, secondsPerPicture: 0 }, { ...first.report, secondsPerPicture: 0 });
  });

  it('refuses a model that was never taught emoji, before anything is drawn', async () => {
    const refused = (path: string) => assert.rejects(run({ model: { id: 'tiny-icon', path } }, {}, nothingDrawn), { code: 'bad-request', message: 'tiny-icon was not taught emoji (its concepts.json lists none); use `easel evaluate icons`' });
    await refused(TINY_ICON); // it says nothing of what it was taught
    const other = join(folder, 'other');
    await cp(TINY_ICON, other, { recursive: true });
    await writeFile(join(other, 'concepts.json'), JSON.stringify({ concepts: [{ name: 'skull' }] }));
    await refused(other);
  });

  it('refuses another\'s folder before anything is drawn, and leaves nothing when it is cancelled', async () => {
    const out = join(folder, 'mine');
    await mkdir(out);
    await writeFile(join(out, 'thesis.md'), 'x');
    await assert.rejects(run({ folder: out }, {}, nothingDrawn), { code: 'bad-request', message: /holds other things than a report/ });
    await writeFile(join(out, 'report.json'), '{"model": {"id": "icon-64"}}');
    await writeFile(join(out, 'emoji-style.png'), 'mine');
    await assert.rejects(run({ folder: out }, {}, nothingDrawn), /emoji-style\.png was not written by Easel/);
    const controller = new AbortController();
    const cancelled = run({ folder: join(folder, 'never') }, { signal: controller.signal, onProgress: (done) => done === 2 && controller.abort() });
    await assert.rejects(cancelled, { code: 'cancelled' });
    assert.ok(!(await readdir(folder)).includes('never'));
  });
});
