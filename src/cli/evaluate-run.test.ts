import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { withUpscaler } from '../../test/support/doubler';
import { easel } from './test-support/command';
import { writeTestTokens } from './test-support/test-tokens';

const MODEL = resolve(__dirname, '../../test/fixtures/models/tiny-icon');
const DATASET = resolve(__dirname, '../../examples/icons-dataset');

describe('easel evaluate', function () {
  this.timeout(60_000);
  let cwd: string;
  beforeEach(async () => void (cwd = await mkdtemp(join(tmpdir(), 'easel-cli-evaluate-'))));
  afterEach(() => rm(cwd, { recursive: true }));

  it('scores icons: a table, JSON, and a folder', async () => {
    const args = ['evaluate', 'icons', '--model', MODEL, '--splits', 'style', '--prompts', '2', '--distinct', '0', '--steps', '1', '--cfg', '1'];
    const table = await easel(cwd, [...args, '-o', 'report']);
    assert.equal(table.code, 0);
    assert.match(table.out.join('\n'), /\| style \| 2 \|/);
    assert.deepEqual(table.err, ['report/report.json', 'report/report.md', 'report/style.txt', 'report/style.png']);
    const json = JSON.parse((await easel(cwd, [...args, '--json', '--pooled', 'null'])).out[0] ?? '') as { settings: unknown };
    assert.deepEqual(json.settings, { width: 64, height: 64, steps: 1, guidanceScale: 1, prompts: 2, seeds: 1, distinct: 0, pooled: 'null' });
    assert.match((await easel(cwd, [...args.slice(0, -2), '--splits', 'nonsense'])).err.join(), /--splits/);
  });

  it('scores what an upscaler has drawn again, looked at in 64 pixels', async () => {
    await withUpscaler(join(cwd, 'twice'));
    const scores = async (...size: string[]) => {
      const { code, out, err } = await easel(cwd, ['evaluate', 'icons', '--model', 'twice', '--splits', 'style', '--prompts', '2', '--distinct', '0', '--steps', '1', '--cfg', '1', '--json', ...size]);
      assert.equal(code, 0, err.join());
      return JSON.parse(out[0] ?? '') as { settings: { width: number }; splits: unknown };
    };
    const large = await scores('--size', '128');
    assert.equal(large.settings.width, 128);
    assert.deepEqual(large.splits, (await scores()).splits, 'an upscaler that doubles pixels changes nothing');
  });

  it('scores emoji of a model that was taught them', async () => {
    await cp(MODEL, join(cwd, 'taught'), { recursive: true });
    await writeFile(join(cwd, 'taught', 'concepts.json'), JSON.stringify({ concepts: [], emoji: [{ name: 'skull', character: '💀' }] }));
    const args = ['evaluate', 'emoji', '--model', 'taught', '--prompts', '1', '--steps', '1', '--cfg', '1'];
    const table = await easel(cwd, [...args, '-o', 'report']);
    assert.equal(table.code, 0, table.err.join());
    assert.match(table.out.join('\n'), /\| emoji \| 1 \|[^]*\| emoji-style \| 1 \|/);
    assert.deepEqual(table.err, ['report.json', 'report.md', 'emoji.txt', 'emoji.png', 'emoji-style.txt', 'emoji-style.png'].map((name) => `report/${name}`));
    const { settings, splits } = JSON.parse((await easel(cwd, [...args, '--splits', 'emoji-style', '--seeds', '2', '--distinct', '1', '--json'])).out[0] ?? '') as { settings: unknown; splits: Record<string, unknown> };
    assert.deepEqual([settings, Object.keys(splits)], [{ width: 64, height: 64, steps: 1, guidanceScale: 1, prompts: 1, seeds: 2, distinct: 1, pooled: 'text' }, ['emoji-style']]);
  });

  it('is refused before anything is drawn where a sheet would replace another file', async () => {
    const args = ['evaluate', 'icons', '--model', MODEL, '--prompts', '1', '--distinct', '0', '--steps', '1', '--cfg', '1', '-o', 'report'];
    assert.equal((await easel(cwd, [...args, '--splits', 'seen'])).code, 0);
    await writeFile(join(cwd, 'report', 'style.png'), 'mine');
    const before = await readFile(join(cwd, 'report', 'report.json'), 'utf8');
    const { code, out, err } = await easel(cwd, [...args, '--splits', 'style']);
    assert.deepEqual([code, out], [3, []]);
    assert.match(err.join(), /style\.png was not written by Easel/);
    assert.equal(await readFile(join(cwd, 'report', 'report.json'), 'utf8'), before);
    assert.deepEqual((await readdir(join(cwd, 'report'))).sort(), ['report.json', 'report.md', 'seen.png', 'seen.txt', 'style.png']);
    await rename(join(cwd, 'report', 'style.png'), join(cwd, 'report', 'style.txt'));
    assert.match((await easel(cwd, [...args, '--splits', 'style'])).err.join(), /style\.txt was not written by Easel/);
    assert.equal(await readFile(join(cwd, 'report', 'style.txt'), 'utf8'), 'mine');
  });

  it('ranks captions by denoising error, with tokens and without', async () => {
    await writeTestTokens(join(cwd, 'crisp.safetensors'));
    const args = ['evaluate', 'retrieval', '--model', MODEL, '--dataset', DATASET, '--pictures', '3', '--captions', '3', '--grid', '1'];
    const { code, out, err } = await easel(cwd, [...args, '--adapter', 'crisp.safetensors:0.5', '-o', 'report']);
    assert.equal(code, 0, err.join());
    assert.match(out.join('\n'), /\| random \| model \| 3 \|[\s\S]*\| random \| with adapters \| 3 \|/);
    assert.deepEqual(err, ['report.json', 'report.md', 'random.txt', 'random.png', 'random-with-adapters.txt', 'random-with-adapters.png'].map((name) => `report/${name}`));
    const { adapters, chance } = JSON.parse((await easel(cwd, [...args, '--json'])).out[0] ?? '') as { adapters: unknown[]; chance: number };
    assert.deepEqual([adapters, chance], [[], 1 / 3]);
  });

  it('refuses what cannot be measured, in one line', async () => {
    const refused = async (args: string[], message: RegExp) => {
      const { code, err } = await easel(cwd, ['evaluate', ...args, '--model', MODEL]);
      assert.ok(code === 2 || code === 3, String(code));
      assert.match(err.join('\n'), message);
    };
    await refused(['icons', '--prompts', 'many'], /--prompts/);
    await refused(['retrieval', '--dataset', DATASET, '--captions', '1'], /--captions/);
    await refused(['retrieval', '--dataset', DATASET, '--hard', '--pictures', '1', '--grid', '1'], /has no concepts\.json/);
    await refused(['retrieval', '--dataset', 'nowhere'], /nowhere/);
    await refused(['emoji', '-o', 'report'], /^easel: tiny-icon was not taught emoji \(its concepts\.json lists none\); use `easel evaluate icons`$/);
    assert.deepEqual(await readdir(cwd), []);
  });
});
