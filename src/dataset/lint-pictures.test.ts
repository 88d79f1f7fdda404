import assert from 'node:assert/strict';
import { join } from 'node:path';
import { lintPictures, type PictureInfo, type PictureLintOptions } from './lint-pictures';

const entry = (picture: string) => ({ picture, caption: null, source: null });
/** A picture of this size; of another shade it looks like no other. */
const info = (width: number, height: number, shade: number): PictureInfo => ({ width, height, hash: { high: 0, low: 0 }, sample: new Uint8Array(192).fill(shade) });
const lint = (infos: Record<string, PictureInfo | Error>, options: PictureLintOptions = {}) => lintPictures({ root: '/set', entries: Object.keys(infos).map(entry) }, {
  readInfo: async (path) => {
    const found = Object.entries(infos).find(([name]) => join('/set', name) === path)?.[1];
    if (found && !(found instanceof Error)) return found;
    throw found ?? new Error(`asked for ${path}`);
  },
  ...options,
});

describe('lints of pictures', () => {
  it('are none without a reader', async () => {
    assert.deepEqual(await lintPictures({ root: '/set', entries: [entry('a.png')] }, {}), []);
  });

  it('name what is tiny or long, at the bounds not yet, and both where it is both', async () => {
    const sizes = { 'fits.png': info(64, 192, 0), 'tiny.png': info(190, 63, 50), 'long.png': info(193, 64, 100), 's/both.png': info(1, 4, 150) };
    const lints = await lint(sizes);
    assert.deepEqual(lints.map(({ code, severity, message, where }) => [code, severity, message, where]), [
      ['tiny-picture', 'warning', 'tiny.png is 190x63 pixels, and 64 a side are wanted; use a larger one or leave it out', { file: 'tiny.png' }],
      ['extreme-aspect', 'warning', 'tiny.png is 190x63, more than 3 times as long as wide; most of it would be cropped away, so crop it yourself', { file: 'tiny.png' }],
      ['extreme-aspect', 'warning', 'long.png is 193x64, more than 3 times as long as wide; most of it would be cropped away, so crop it yourself', { file: 'long.png' }],
      ['tiny-picture', 'warning', 's/both.png is 1x4 pixels, and 64 a side are wanted; use a larger one or leave it out', { file: 's/both.png' }],
      ['extreme-aspect', 'warning', 's/both.png is 1x4, more than 3 times as long as wide; most of it would be cropped away, so crop it yourself', { file: 's/both.png' }],
    ]);
    assert.deepEqual(await lint(sizes, { minSide: 1, maxAspect: 4 }), []);
  });

  it('name what cannot be read in the first line of why, and look at the others', async () => {
    const lints = await lint({ 'a.png': new Error('cannot read it\nstack'), 'b.png': info(9, 9, 0) });
    assert.deepEqual(lints.map(({ code, severity, message, where }) => [code, severity, message, where.file]), [
      ['unreadable-picture', 'error', 'cannot read it', 'a.png'],
      ['tiny-picture', 'warning', 'b.png is 9x9 pixels, and 64 a side are wanted; use a larger one or leave it out', 'b.png'],
    ]);
  });

  it('name all that look the same, counted past the pictures that could not be read', async () => {
    const lints = await lint({ 'bad.png': new Error('bad'), 'a.png': info(64, 64, 10), 'b.png': info(64, 64, 200), 'c.png': info(80, 80, 12), 'd.png': info(64, 64, 10) });
    assert.deepEqual(lints.slice(1).map(({ code, message, where, related }) => [code, message, where.file, related?.[0]?.file]), [
      ['near-duplicate-pictures', 'a.png looks the same as c.png and 1 more; keep one, or the set leans towards it', 'a.png', 'c.png'],
      ['near-duplicate-pictures', 'c.png looks the same as a.png and 1 more; keep one, or the set leans towards it', 'c.png', 'a.png'],
      ['near-duplicate-pictures', 'd.png looks the same as a.png and 1 more; keep one, or the set leans towards it', 'd.png', 'a.png'],
    ]);
  });

  it('are in the order of the pictures, however long each takes, read so many at a time, with progress', async () => {
    let [now, most] = [0, 0];
    const told: unknown[] = [];
    const names = ['a.png', 'b.png', 'c.png', 'd.png', 'e.png'];
    const readInfo = async (path: string) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, path.endsWith('a.png') ? 12 : 1));
      now--;
      return info(9, 9, names.findIndex((name) => path.endsWith(name)) * 40);
    };
    for (const readers of [0, 1, 2]) {
      [now, most, told.length] = [0, 0, 0];
      const lints = await lintPictures({ root: '/set', entries: names.map(entry) }, { readInfo, readers, onProgress: (progress) => told.push(progress) });
      assert.deepEqual(lints.map(({ where }) => where.file), names);
      assert.equal(most, Math.max(1, readers));
      assert.deepEqual(told, names.map((_, index) => ({ done: index + 1, total: 5 })));
    }
  });

  it('stop when aborted, also where the reader fails because of it', async () => {
    const controller = new AbortController();
    let asked = 0;
    const readInfo = async () => {
      asked++;
      controller.abort();
      throw new Error('the helper has ended');
    };
    await assert.rejects(lintPictures({ root: '/set', entries: ['a', 'b', 'c'].map(entry) }, { readInfo, readers: 1, signal: controller.signal }), { name: 'AbortError' });
    assert.equal(asked, 1);
    // Of the last picture it must not be taken for a remark either.
    const last = new AbortController();
    const ended = async () => { last.abort(); throw new Error('the helper has ended'); };
    await assert.rejects(lintPictures({ root: '/set', entries: [entry('a')] }, { readInfo: ended, signal: last.signal }), { name: 'AbortError' });
  });
});
