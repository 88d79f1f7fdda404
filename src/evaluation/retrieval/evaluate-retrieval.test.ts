import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeTestTokens } from '../../adapters/test-support/soft-tokens';
import { Pipelines } from '../../diffusion';
import { TINY_ICON } from '../../diffusion/test-support/tiny-request';
import { encodePng } from '../../image';
import type { RetrievalRequest } from '../../prompt';
import type { Interval } from '../statistics';
import { DenoisingErrors } from './denoising-errors';
import { evaluateRetrieval } from './evaluate-retrieval';

describe('retrieval by denoising error', function () {
  this.timeout(30_000);
  const pipelines = new Pipelines({ threads: 1 });
  const model = { id: 'tiny-icon', path: TINY_ICON, sha256: 'a'.repeat(64) };
  const captions = ['red heart', 'blue star', 'green moon', 'pink sun'];
  let folder: string;
  let adapter: (weight: number) => RetrievalRequest['adapters'];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-retrieval-'));
    for (const [i, caption] of captions.entries()) {
      const rgb = Uint8Array.from({ length: 64 * 64 * 3 }, (_, j) => (i * 60 + j * (i + 1)) % 256);
      await writeFile(join(folder, `${i}.png`), await encodePng(rgb, 64, 64));
      await writeFile(join(folder, `${i}.txt`), caption);
    }
    const path = join(folder, 'crisp.safetensors');
    await writeTestTokens(path);
    adapter = (weight) => [{ id: 'crisp', path, weight }];
  });
  after(async () => {
    await pipelines.dispose();
    await rm(folder, { recursive: true });
  });
  const run = async (changes: Partial<RetrievalRequest> = {}, told: string[] = []) => {
    const request: RetrievalRequest = { suite: 'retrieval', model, adapters: [], folder: null, dataset: folder, pictures: null, captions: 3, hard: false, grid: 2, seed: 0, ...changes };
    const { report, text } = await evaluateRetrieval(request, pipelines, { signal: new AbortController().signal, giveWay: async () => {}, onProgress: (done, total) => told.push(`${done}/${total}`) });
    return { text, told, sets: report['sets'] as Record<string, { pictures: number; accuracy: Record<string, Interval>; gain: Interval | null }> };
  };
  const errors = (weights: RetrievalRequest['adapters'], asked: string[]) => {
    const one = new DenoisingErrors(model, weights, 2, 0);
    return pipelines.use(model, (loaded) => one.of(loaded, join(folder, '0.png'), asked));
  };

  it('asks about every picture, with the same answer every time', async () => {
    const { sets, told, text } = await run();
    assert.deepEqual(told, ['1/4', '2/4', '3/4', '4/4']);
    assert.equal(sets['random']?.pictures, 4);
    assert.match(text, /3 captions each \(chance 0\.33\)/);
    assert.deepEqual((await run()).sets, sets);
  });

  it('leaves a report with sheets of pictures, and the caption that was taken for each one\'s', async () => {
    const out = await mkdtemp(join(tmpdir(), 'easel-retrieval-report-'));
    await run({ folder: out, adapters: adapter(1) });
    assert.deepEqual((await readdir(out)).sort(), ['random-with-adapters.png', 'random-with-adapters.txt', 'random.png', 'random.txt', 'report.json', 'report.md']);
    const lines = (await readFile(join(out, 'random.txt'), 'utf8')).trimEnd().split('\n');
    assert.deepEqual(lines.map((line) => line.split('  (')[0]), captions);
    const wrong = lines.filter((line) => line.includes('taken for: ')).length;
    const { sets } = JSON.parse(await readFile(join(out, 'report.json'), 'utf8')) as { sets: { random: { accuracy: { model: Interval } } } };
    assert.equal(sets.random.accuracy.model.mean, 1 - wrong / captions.length);
    assert.match(await readFile(join(out, 'report.md'), 'utf8'), /!\[The first 32 pictures of random\]\(random\.png\)/);
    await rm(out, { recursive: true });
  });

  it('is refused before anything is compared where a sheet or its text would replace another file', async () => {
    const out = await mkdtemp(join(tmpdir(), 'easel-retrieval-report-'));
    for (const name of ['random.png', 'random-with-adapters.txt']) {
      await writeFile(join(out, name), 'mine');
      const told: string[] = [];
      await assert.rejects(run({ folder: out, adapters: adapter(1) }, told), new RegExp(`${name.replace('.', '\\.')} was not written by Easel`));
      assert.deepEqual(told, []);
      assert.deepEqual(await readdir(out), [name]);
      await rm(join(out, name));
    }
    await rm(out, { recursive: true });
  });

  it('gives each caption the error it has alone', async () => {
    const together = await errors([], captions);
    for (const [i, caption] of captions.entries()) assert.ok(Math.abs((await errors([], [caption]))[0]! - together[i]!) < 1e-5 * together[i]!);
    assert.equal(new Set(together).size, captions.length);
  });

  it('pairs adapters with the bare model: at strength 0 nothing changes, at 1 the errors do', async () => {
    const { sets, told } = await run({ adapters: adapter(0) });
    assert.equal(told.length, 8);
    assert.deepEqual(sets['random']?.gain, { mean: 0, low: 0, high: 0 });
    assert.deepEqual(await errors(adapter(0), captions), await errors([], captions));
    assert.notDeepEqual(await errors(adapter(1), captions), await errors([], captions));
  });

  it('refuses what cannot be asked, in one line', async () => {
    await assert.rejects(run({ captions: 5 }), { code: 'bad-request', message: /4 different captions are fewer than the 5/ });
    await assert.rejects(run({ hard: true }), { code: 'bad-request', message: /tiny-icon has no concepts\.json/ });
    await assert.rejects(run({ dataset: join(folder, 'nowhere') }));
  });
});
