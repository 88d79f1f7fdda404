import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { contactSheet, encodePng, encodePreview, readPixels, resizePixels } from '.';
import { drawLabel, LETTER_WIDTH, LINE_HEIGHT } from './label-font';

/** Bytes that no encoder can shorten, the same in every run. */
function noise(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24);
}

describe('pixels', () => {
  let folder: string;
  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'easel-pixels-')); });
  afterEach(() => rm(folder, { recursive: true }));

  it('come back from a PNG as they were, and give the same bytes every time', async () => {
    const rgb = noise(7 * 5 * 3);
    const png = await encodePng(rgb, 7, 5);
    assert.deepEqual(await encodePng(rgb, 7, 5), png);
    await writeFile(join(folder, 'a.png'), png);
    const { data, width, height } = await readPixels(join(folder, 'a.png'));
    assert.deepEqual([width, height, Buffer.from(data)], [7, 5, Buffer.from(rgb)]);
  });

  it('that do not fit their size are refused', async () => {
    await assert.rejects(encodePng(new Uint8Array(10), 2, 2), /10 bytes are not 2x2 RGB/);
  });

  it('make previews of at most 48 KiB, even of noise, and keep small pictures at their size', async () => {
    for (const side of [64, 512, 1024]) {
      const { mimeType, data } = await encodePreview(noise(side * side * 3), side, side);
      assert.ok(data.length <= 48 * 1024, `${side}: ${data.length}`);
      const { width, format } = await sharp(data).metadata();
      assert.deepEqual([mimeType, format], ['image/webp', 'webp']);
      if (side === 64) assert.equal(width, 64);
    }
  });

  it('of grey, transparent and turned pictures are RGB over white, upright', async () => {
    await sharp({ create: { width: 3, height: 2, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } }).png().toFile(join(folder, 'clear.png'));
    assert.deepEqual([...(await readPixels(join(folder, 'clear.png'))).data], Array<number>(18).fill(255));
    await sharp(noise(6), { raw: { width: 3, height: 2, channels: 1 } }).withMetadata({ orientation: 6 }).jpeg().toFile(join(folder, 'turned.jpg'));
    const turned = await readPixels(join(folder, 'turned.jpg'));
    assert.deepEqual([turned.width, turned.height, turned.data.length], [2, 3, 18]);
  });

  it('of a file that is no picture are an error of one line that names it', async () => {
    await writeFile(join(folder, 'a.png'), 'text');
    await assert.rejects(readPixels(join(folder, 'a.png')), (error: unknown) => error instanceof Error && error.message.startsWith(`cannot read the picture ${join(folder, 'a.png')}`) && !error.message.includes('\n'));
  });

  it('scale to exactly the size asked for', async () => {
    const { data, width, height } = await resizePixels({ data: new Uint8Array(12).fill(77), width: 2, height: 2 }, 5, 3);
    assert.deepEqual([width, height, [...data]], [5, 3, Array<number>(45).fill(77)]);
  });

  it('of many pictures fit on one sheet with their names, which replaces only a sheet', async () => {
    const pictures = await Promise.all(['heart', 'Café 2', 'a name that is far too long for its place'].map(async (label, index) => {
      const path = join(folder, `${index}.png`);
      await writeFile(path, await encodePng(new Uint8Array(64 * 64 * 3).fill(index), 64, 64));
      return { label, path };
    }));
    const sheet = join(folder, 'sheet.png');
    await contactSheet(pictures, sheet);
    await contactSheet(pictures, sheet);
    const { data, width } = await readPixels(sheet);
    assert.deepEqual([...data.subarray((12 * width + 12) * 3, (12 * width + 12) * 3 + 3)], [0, 0, 0]);
    await assert.rejects(contactSheet(pictures, join(folder, '0.png')), /was not written by Easel \(it is no contact sheet\)/);
    assert.deepEqual((await readdir(folder)).sort(), ['0.png', '1.png', '2.png', 'sheet.png']);
    assert.equal((await readFile(join(folder, '0.png'))).length, (await encodePng(new Uint8Array(64 * 64 * 3), 64, 64)).length);
  });
});

describe('labels', () => {
  it('are drawn letter by letter, capitals without accents, shortened to their place', () => {
    assert.deepEqual(drawLabel('é', 10), drawLabel('E', 10));
    const rows = drawLabel('i', 10);
    assert.equal(rows.length, LINE_HEIGHT);
    assert.deepEqual(rows[0], [0, 1, 1, 1, 0, 0]);
    assert.equal(drawLabel('abcdefgh', 4)[0]?.length, 4 * LETTER_WIDTH);
    assert.deepEqual(drawLabel('abcdefgh', 4), drawLabel('ab..', 4));
  });
});
