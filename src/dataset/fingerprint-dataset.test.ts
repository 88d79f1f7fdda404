import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatasetError } from './error';
import { fingerprintDataset, sha256OfFile } from './fingerprint-dataset';

const entry = (picture: string, caption: string | null) => ({ picture, caption, source: null });
const entries = [entry('cafe\u0301.png', 'a\ncat'), entry('b.png', null)];
const hashFile = async (path: string) => (path.endsWith('b.png') ? '22' : '11');
/** SHA-256 by Python's hashlib of the lines `["b.png",null,"22"]` and `["café.png","a\ncat","11"]`. */
const PRINT = 'f64caab1a7d96b0f120af4b325b10effa2f4c28f3e6cb1dc3b571d01f3fdfa3c';

describe('the fingerprint of a dataset', () => {
  it('is the SHA-256 over its sorted lines, so that what runs recorded keeps its meaning', async () => {
    assert.equal(await fingerprintDataset({ root: '/set', entries }, { hashFile }), PRINT);
  });

  it('does not depend on order, on the form of accents, on the folder or on how many read', async () => {
    assert.equal(await fingerprintDataset({ root: '/other', entries: entries.toReversed() }, { hashFile }), PRINT);
    assert.equal(await fingerprintDataset({ root: '/set', entries: [entry('caf\u00e9.png', 'a\ncat'), entries[1]!] }, { hashFile }), PRINT);
    for (const readers of [0, 1, 9]) assert.equal(await fingerprintDataset({ root: '/set', entries }, { hashFile, readers }), PRINT, `${readers}`);
    const slow = async (path: string) => (path.endsWith('b.png') ? '22' : new Promise<string>((resolve) => setTimeout(() => resolve('11'), 5)));
    assert.equal(await fingerprintDataset({ root: '/set', entries }, { hashFile: slow }), PRINT);
  });

  it('tells an empty caption from none, and asks for each picture under the root', async () => {
    const asked: string[] = [];
    const told: unknown[] = [];
    const options = { hashFile: async (path: string) => `${asked.push(path)}`, readers: 1, onProgress: (progress: unknown) => told.push(progress) };
    const none = await fingerprintDataset({ root: '/set', entries: [entry('s/a.png', null), entry('b.png', '')] }, options);
    assert.deepEqual(asked, [join('/set', 's/a.png'), join('/set', 'b.png')]);
    assert.deepEqual(told, [{ done: 1, total: 2 }, { done: 2, total: 2 }]);
    asked.length = 0;
    assert.notEqual(await fingerprintDataset({ root: '/set', entries: [entry('s/a.png', ''), entry('b.png', '')] }, options), none);
  });

  it('fails at the first picture that cannot be read, and reads no more for nobody', async () => {
    const many = Array.from({ length: 50 }, (_, index) => entry(`${index}.png`, null));
    let asked = 0;
    const failing = async (path: string) => {
      asked++;
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (path.endsWith('0.png')) throw new DatasetError('gone');
      return '1';
    };
    await assert.rejects(fingerprintDataset({ root: '/set', entries: many }, { hashFile: failing }), { message: 'gone' });
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.ok(asked <= 8, `${asked} pictures`);
  });

  it('stops when aborted', async () => {
    await assert.rejects(fingerprintDataset({ root: '/set', entries }, { hashFile, signal: AbortSignal.abort() }), { name: 'AbortError' });
  });
});

describe('the SHA-256 of a file', () => {
  let root: string;
  beforeEach(async () => { root = await mkdtemp(join(tmpdir(), 'easel-hash-')); });
  afterEach(() => rm(root, { recursive: true }));

  it('is of its bytes, none included', async () => {
    await writeFile(join(root, 'a'), 'a cat');
    await writeFile(join(root, 'empty'), '');
    assert.equal(await sha256OfFile(join(root, 'a')), '51e467415607798220a3776f6ae1a2a09ddc7e5dcdc955d685477b4cf05ade22');
    assert.equal(await sha256OfFile(join(root, 'empty')), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it('is an error of one line for a file that is not there, or a folder; and the reason itself when aborted', async () => {
    for (const path of [join(root, 'gone'), root]) await assert.rejects(sha256OfFile(path), (error: Error) => error instanceof DatasetError && error.message.startsWith(`cannot read ${path}: `) && !error.message.includes('\n'));
    await writeFile(join(root, 'a'), 'a cat');
    await assert.rejects(sha256OfFile(join(root, 'a'), AbortSignal.abort()), { name: 'AbortError' });
  });
});
