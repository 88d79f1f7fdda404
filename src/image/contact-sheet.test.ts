import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contactSheet } from './contact-sheet';
import { setTextChunks } from './metadata';
import { encodePng, readPixels } from './pixels';
import { NotOursError } from './store';

describe('a contact sheet', () => {
  let folder: string;
  let pictures: { path: string; label: string }[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-sheet-'));
    pictures = await Promise.all(['red', 'blue', 'third'].map(async (label, i) => {
      const path = join(folder, `${label}.png`);
      await writeFile(path, await encodePng(Uint8Array.from({ length: 12 }, (_, at) => (at % 3 === i && (i < 2 || Math.floor(at / 3) % 2 === 0) ? 200 : 0)), 2, 2));
      return { path, label };
    }));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('has the pictures in rows, enlarged by whole pixels, and may be made again', async () => {
    const out = join(folder, 'sheet.png');
    for (let time = 0; time < 2; time++) await contactSheet(pictures, out);
    const { data, width, height } = await readPixels(out);
    assert.deepEqual([width, height], [2 * 140 + 12, 2 * (128 + 13 + 12) + 12]);
    const at = (x: number, y: number) => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
    // The third has two colours, side by side: whole pixels, no blur.
    assert.deepEqual([at(12 + 63, 173), at(12 + 64, 173)], [[0, 0, 200], [0, 0, 0]]);
    assert.deepEqual([at(20, 20), at(160, 20), at(20, 173), at(160, 173), at(5, 5)], [[200, 0, 0], [0, 200, 0], [0, 0, 200], [255, 255, 255], [255, 255, 255]]);
  });

  it('never replaces what is no sheet: a picture, a text, a folder, a file that cannot be read', async () => {
    const png = setTextChunks(await encodePng(new Uint8Array(12), 2, 2), { Software: 'another tool' });
    for (const bytes of [png, Buffer.from('text'), Buffer.alloc(0)]) {
      const path = join(folder, 'mine.png');
      await writeFile(path, bytes);
      await assert.rejects(contactSheet(pictures, path), NotOursError);
      assert.deepEqual(await readFile(path), Buffer.from(bytes));
    }
    await mkdir(join(folder, 'inner'));
    await assert.rejects(contactSheet(pictures, join(folder, 'inner')), /inner was not written by Easel \(it is a folder\)/);
  });

  it('never replaces what may not be read, though its folder may be written to', async () => {
    const path = join(folder, 'loop.png');
    await symlink(path, path);
    await assert.rejects(contactSheet(pictures, path), NotOursError);
    assert.equal(await readlink(path), path);
  });
});
