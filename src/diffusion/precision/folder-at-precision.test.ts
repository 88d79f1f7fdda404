import assert from 'node:assert/strict';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ownEaselHome } from '../../../test/support/own-easel-home';
import { hashModelFolder, int8CopyFolder, readModelFolder, type ModelFolder } from '../../models';
import { processor, runtimeName } from '../../runtime';
import { TINY_ICON } from '../test-support/tiny-request';
import { folderAtPrecision, PRECISIONS } from './folder-at-precision';

describe('which graphs draw for a model', () => {
  let folder: ModelFolder;
  ownEaselHome();
  before(async () => void (folder = await readModelFolder(TINY_ICON, 'mine')));

  const derived = (precision: string) => ({ precision, from: { id: 'mine', sha256: 'a'.repeat(64) }, runtime: 'r', processor: 'p', threads: 1 });
  /** Puts a copy where those for so many threads belong. */
  async function put(threads: number): Promise<string> {
    const dir = int8CopyFolder({ id: 'mine', sha256: await hashModelFolder(folder), runtime: await runtimeName(), processor: processor().name, threads });
    await mkdir(dirname(dir), { recursive: true });
    await cp(TINY_ICON, dir, { recursive: true });
    await writeFile(join(dir, 'model_index.json'), JSON.stringify({ ...(JSON.parse(await readFile(join(dir, 'model_index.json'), 'utf8')) as object), _easel_derived: derived('int8') }));
    return dir;
  }
  const refused = (threads: number) => assert.rejects(folderAtPrecision(folder, 'int8', threads), {
    name: 'DiffusionError', code: 'bad-request',
    message: `there is no int8 copy of mine for this machine and ${threads} threads; make one with \`easel models quantize mine\`, or draw with --precision auto`,
  });

  it('are its own where there is no copy, unless a copy was asked for', async () => {
    for (const precision of ['fp32', 'auto'] as const) {
      const found = await folderAtPrecision(folder, precision, 2);
      assert.equal(found.folder, folder);
      assert.equal(found.precision, 'fp32');
    }
    await refused(2);
  });

  it("are the copy's where there is one, under the model's own name, place and files; fp32 is its own still", async () => {
    const dir = await put(2);
    for (const precision of ['auto', 'int8'] as const) {
      const { components } = await readModelFolder(dir);
      assert.deepEqual(await folderAtPrecision(folder, precision, 2), { folder: { ...folder, components }, precision: 'int8' });
      assert.equal(components.transformer!.file, join(dir, 'transformer/model.onnx'));
    }
    assert.equal((await folderAtPrecision(folder, 'fp32', 2)).folder, folder);
  });

  it('are not those of a copy for other threads, nor of one that is not whole', async () => {
    const dir = await put(1);
    assert.equal((await folderAtPrecision(folder, 'auto', 2)).precision, 'fp32');
    await refused(2);
    assert.equal((await folderAtPrecision(folder, 'auto', 1)).precision, 'int8');
    await rm(join(dir, 'transformer/model.onnx'));
    assert.equal((await folderAtPrecision(folder, 'auto', 1)).precision, 'fp32');
    await refused(1);
  });

  it('are its own too where the model is a copy in integers itself', async () => {
    const copy: ModelFolder = { ...folder, index: { ...folder.index, _easel_derived: derived('int8') } };
    for (const precision of PRECISIONS) assert.deepEqual(await folderAtPrecision(copy, precision, 2), { folder: copy, precision: 'int8' });
    const half: ModelFolder = { ...folder, index: { ...folder.index, _easel_derived: derived('fp16') } };
    assert.deepEqual(await folderAtPrecision(half, 'auto', 2), { folder: half, precision: 'fp32' });
  });
});
