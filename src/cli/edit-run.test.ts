import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readPictureMetadata } from '../image/metadata';
import { easel } from './test-support/command';
import { writeTestTokens } from './test-support/test-tokens';

const MODEL = resolve(__dirname, '../../test/fixtures/models/tiny-icon');

describe('easel edit', function () {
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
    assert.deepEqual([record?.request.prompt, record?.request['edit']], ['blue star', { method: 'FlowEdit', from: 'red heart', cfgFrom: 1.5, nStart: 4 }]);
    await easel(cwd, [...args, '-o', 'c.png']);
    assert.deepEqual(await readFile(join(cwd, 'c.png')), await readFile(join(cwd, 'b.png')));
  });

  it('reads soft tokens where the text names them, and at strength 0 is the edit without', async () => {
    await mkdir(join(cwd, 'adapters'));
    await writeTestTokens(join(cwd, 'adapters/crisp.safetensors'));
    const edited = async (to: string, out: string, ...more: string[]) => {
      const { code, err } = await easel(cwd, ['edit', 'a.png', '--to', to, '--model', MODEL, '--steps', '4', '--seed', '3', '--save-latents', `${out}.safetensors`, '-o', out, ...more]);
      assert.equal(code, 0, err.join());
      return readFile(join(cwd, `${out}.safetensors`));
    };
    const [without, none, named, given] = [await edited('blue star', 'b.png'), await edited('blue star <crisp:0>', 'c.png'), await edited('blue star <crisp>', 'd.png'), await edited('blue star <crisp>', 'e.png', '--adapter', 'adapters/crisp.safetensors')];
    assert.deepEqual(none, without);
    assert.notDeepEqual(named, without);
    assert.deepEqual(given, named, 'found by name, or given as a file');
    const { easel: record } = readPictureMetadata(await readFile(join(cwd, 'd.png')));
    assert.deepEqual((record?.request.adapters as { id: string }[]).map(({ id }) => id), ['crisp']);
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
});
