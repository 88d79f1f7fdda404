import assert from 'node:assert/strict';
import { mkdtemp, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeEaselRecord, setTextChunks } from './metadata';
import { encodePng } from './pixels';
import { NotOursError, writePicture } from './store';

const record = (seed: string) =>
  encodeEaselRecord({ version: 1, request: { version: 1, prompt: 'heart', seed, index: 0, model: { id: 'icon-64', sha256: null } }, engine: { easel: '0.1.0' } });
const picture = async (seed: string) => setTextChunks(await encodePng(new Uint8Array(12).fill(Number(seed)), 2, 2), { parameters: 'heart', easel: record(seed) });

describe('the picture store', () => {
  let root: string;
  beforeEach(async () => { root = await mkdtemp(join(tmpdir(), 'easel-store-')); });
  afterEach(() => rm(root, { recursive: true }));
  const path = () => join(root, 'out', 'heart.png');
  const write = async (png: Uint8Array, to = path(), history: string | null = root) => writePicture({ png, path: to, root: history });
  const leftovers = async () => (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.tmp'));

  it('writes a picture whole, making folders, and leaves nothing else', async () => {
    const png = await picture('1');
    assert.deepEqual(await write(png), { replaced: null });
    assert.deepEqual(await readFile(path()), Buffer.from(png));
    assert.deepEqual((await readdir(root, { recursive: true })).sort(), ['out', join('out', 'heart.png')]);
  });

  it('keeps a picture it replaces in the history, under the path it had, out of Git', async () => {
    const [one, two] = [await picture('1'), await picture('2')];
    await write(one);
    const { replaced } = await write(two);
    assert.ok(replaced !== null && replaced.startsWith(join(root, '.easel', 'history', 'out', 'heart-')));
    assert.deepEqual(await readFile(replaced), Buffer.from(one));
    assert.deepEqual(await readFile(path()), Buffer.from(two));
    assert.equal(await readFile(join(root, '.easel', '.gitignore'), 'utf8'), '*\n');
    assert.deepEqual(await leftovers(), []);
  });

  it('keeps out of Git what it writes into its own folder, from the first picture on', async () => {
    const candidate = join(root, '.easel', 'history', 'candidates', 'heart-1.png');
    await write(await picture('1'), candidate);
    assert.equal(await readFile(join(root, '.easel', '.gitignore'), 'utf8'), '*\n');
    // What a person has put there stays.
    await writeFile(join(root, '.easel', '.gitignore'), 'history\n');
    await write(await picture('2'), candidate);
    assert.equal(await readFile(join(root, '.easel', '.gitignore'), 'utf8'), 'history\n');
  });

  it('keeps a picture from outside of the root in the history under its name alone', async () => {
    const inner = join(root, 'inner');
    await write(await picture('1'), path(), inner);
    const { replaced } = await write(await picture('2'), path(), inner);
    assert.ok(replaced?.startsWith(join(inner, '.easel', 'history', 'heart-')), String(replaced));
    const dotted = join(inner, '..dots', 'heart.png');
    await write(await picture('1'), dotted, inner);
    assert.ok((await write(await picture('2'), dotted, inner)).replaced?.startsWith(join(inner, '.easel', 'history', '..dots', 'heart-')));
  });

  it('keeps no history without a root', async () => {
    await write(await picture('1'), path(), null);
    assert.deepEqual(await write(await picture('2'), path(), null), { replaced: null });
    assert.deepEqual(await readdir(root), ['out']);
  });

  it('never replaces what Easel did not write: a hand-made PNG, a text, a damaged picture, an LFS pointer, a newer record', async () => {
    const ours = await picture('1');
    const newer = setTextChunks(ours, { easel: JSON.stringify({ version: 2 }) });
    const lfs = Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n');
    await mkdir(join(root, 'out'));
    for (const foreign of [await encodePng(new Uint8Array(12), 2, 2), Buffer.from('text'), ours.subarray(0, -8), newer, lfs, Buffer.alloc(0)]) {
      await writeFile(path(), foreign);
      await assert.rejects(write(await picture('2')), (error: unknown) => error instanceof NotOursError && error.code === 'not-ours' && error.message.includes(path()));
      assert.deepEqual(await readFile(path()), Buffer.from(foreign));
    }
    assert.deepEqual(await leftovers(), []);
  });

  it('never writes through a symbolic link or over a folder', async () => {
    await mkdir(path(), { recursive: true });
    await assert.rejects(write(await picture('1')), /it is a folder/);
    const linked = join(root, 'linked.png');
    await writeFile(join(root, 'target.png'), await picture('1'));
    await symlink(join(root, 'target.png'), linked);
    await assert.rejects(write(await picture('2'), linked), /it is a link/);
  });

  it('says what to do when a part of the path is a file', async () => {
    await writeFile(join(root, 'out'), '');
    await assert.rejects(write(await picture('1')), /cannot write .*heart\.png: a part of the path is a file.*choose another/);
  });
});
