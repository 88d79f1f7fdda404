import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readPictureMetadata } from '../image/metadata';
import { easel } from './test-support/command';

const MODEL = resolve(__dirname, '../../test/fixtures/models/tiny-icon');

describe('easel edit and easel evaluate', function () {
  this.timeout(60_000);
  let cwd: string;
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'easel-cli-edit-'));
    await easel(cwd, ['generate', '--prompt', 'red heart', '--model', MODEL, '--steps', '1', '--size', '64x64', '-o', 'a.png']);
  });
  afterEach(() => rm(cwd, { recursive: true }));

  it('edits from what the picture says of itself, into a new file, the same twice', async () => {
    const args = ['edit', 'a.png', '--to', 'blue star', '--model', MODEL, '--steps', '4', '--seed', '3'];
    const { code, out, err } = await easel(cwd, [...args, '-o', 'b.png']);
    assert.deepEqual([code, out, err], [0, ['b.png'], []]);
    const { easel: record } = readPictureMetadata(await readFile(join(cwd, 'b.png')));
    assert.deepEqual([record?.request.prompt, record?.request['edit']], ['blue star', { method: 'FlowEdit', from: 'red heart', cfgFrom: 1.5, nStart: 3 }]);
    await easel(cwd, [...args, '-o', 'c.png']);
    assert.deepEqual(await readFile(join(cwd, 'c.png')), await readFile(join(cwd, 'b.png')));
  });

  it('refuses what cannot be edited, in one line', async () => {
    const refused = async (args: string[], message: RegExp) => {
      const { code, err } = await easel(cwd, ['edit', ...args]);
      assert.equal(code, 2);
      assert.match(err.join('\n'), message);
    };
    await refused(['a.png', '--to', 'x', '--model', MODEL, '-o', 'a.png'], /a\.png exists already/);
    await refused(['no.png', '--to', 'x', '--model', MODEL, '-o', 'b.png'], /there is no file no\.png/);
    await refused(['a.png', '--to', 'x', '--model', MODEL, '--steps', '4', '--n-start', '5', '-o', 'b.png'], /n-start is at most the number of steps/);
    await easel(cwd, ['generate', '--prompt', '', '--model', MODEL, '--steps', '1', '--size', '64x64', '-o', 'b.png']);
    await refused(['b.png', '--to', 'x', '--model', MODEL, '-o', 'b.txt'], /b\.txt: the name of a PNG/);
  });

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
});
