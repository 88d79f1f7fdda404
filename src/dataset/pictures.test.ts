import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { DatasetError } from './error';
import { readPictureInfo, readSquare } from './pictures';

const POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n';

describe('pictures of a dataset, decoded', () => {
  let root: string;
  before(async () => { root = await mkdtemp(join(tmpdir(), 'easel-pictures-')); });
  after(() => rm(root, { recursive: true }));
  const put = async (name: string, bytes: Uint8Array | string) => {
    await writeFile(join(root, name), bytes);
    return join(root, name);
  };
  /** A PNG of RGB pixels. */
  const png = (width: number, height: number, pixel: (x: number, y: number) => readonly [number, number, number]) =>
    sharp(Buffer.from(Array.from({ length: width * height }, (_, at) => pixel(at % width, Math.floor(at / width))).flat()), { raw: { width, height, channels: 3 } }).png().toBuffer();

  it('have their size as shown, and their looks', async () => {
    const path = await put('rising.png', await png(90, 80, (x) => [x * 2, x * 2, x * 2]));
    const { width, height, hash, sample } = await readPictureInfo(path);
    assert.deepEqual([width, height, hash, sample.length], [90, 80, { high: 0xffffffff, low: 0xffffffff }, 192]);
    assert.ok(sample[0]! < 15 && sample[21]! > 160 && sample[0] === sample[2], `${sample[0]} ${sample[21]}`);
    const turned = await put('turned.jpg', await sharp({ create: { width: 10, height: 4, channels: 3, background: 'red' } }).withMetadata({ orientation: 6 }).jpeg().toBuffer());
    assert.deepEqual(await readPictureInfo(turned).then((info) => [info.width, info.height]), [4, 10]);
  });

  it('are cut to the middle square, byte for byte where nothing has to be scaled', async () => {
    const pixel = (x: number, y: number) => [x * 10, y * 10, 5] as const;
    const wide = await put('wide.png', await png(7, 4, pixel));
    const square = (left: number, top: number) => Uint8Array.from(Array.from({ length: 16 }, (_, at) => pixel(left + (at % 4), top + (at >> 2))).flat());
    assert.deepEqual(await readSquare(wide, 4), square(1, 0));
    const tall = await put('tall.png', await png(4, 8, pixel));
    assert.deepEqual(await readSquare(tall, 4), square(0, 2));
  });

  it('are scaled to cover the square', async () => {
    const path = await put('halves.png', await png(40, 20, (x) => (x < 20 ? [255, 0, 0] : [0, 0, 255])));
    const data = await readSquare(path, 8);
    assert.equal(data.length, 192);
    assert.deepEqual([[...data.subarray(0, 3)], [...data.subarray(21, 24)], [...data.subarray(189)]], [[255, 0, 0], [0, 0, 255], [0, 0, 255]]);
  });

  it('that cannot be decoded are an error of one line that names the file, and says what to do of a Git LFS pointer', async () => {
    const [pointer, text, empty] = [await put('pointer.png', POINTER), await put('text.png', 'no picture'), await put('empty.png', '')];
    for (const read of [readPictureInfo, (path: string) => readSquare(path, 8)]) {
      await assert.rejects(read(pointer), new DatasetError(`${pointer} is a Git LFS pointer, not a picture; fetch it with git lfs pull`));
      for (const path of [text, empty, join(root, 'gone.png')]) await assert.rejects(read(path), (error: Error) => error instanceof DatasetError && error.message.includes(path) && !/LFS|\n/.test(error.message));
    }
  });

  it('are not read once aborted', async () => {
    await assert.rejects(readPictureInfo(join(root, 'gone.png'), AbortSignal.abort()), { name: 'AbortError' });
  });
});
