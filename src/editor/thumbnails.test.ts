import assert from 'node:assert/strict';
import children from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replaced, vscode } from './test-support/with-vscode';
import type { Thumbnails } from './thumbnails';

interface Question { id: number; path: string; side: number; limit: number }

/** A PNG as far as copying it goes; its pixels are so many bytes. */
function png(pixels: number): Buffer {
  const chunk = (type: string, length: number) => {
    const bytes = Buffer.alloc(12 + length, length % 256);
    bytes.writeUInt32BE(length);
    bytes.write(type, 4);
    return bytes;
  };
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk('IDAT', pixels), chunk('IEND', 0)]);
}
const dataOf = (bytes: Buffer) => `data:image/png;base64,${bytes.toString('base64')}`;

describe('thumbnails', () => {
  let restore: (() => void)[];
  let folder: string;
  let thumbnails: Thumbnails;
  let started: string[];
  let asked: Question[];
  /** What the helper makes of a picture. */
  let answer: (question: Question) => unknown;
  const write = async (name: string, bytes: Buffer | string, seconds = 1) => {
    const path = join(folder, name);
    await writeFile(path, bytes);
    await utimes(path, seconds, seconds);
    return path;
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-thumbnails-'));
    [started, asked, answer] = [[], [], () => Buffer.from('small')];
    const fork = (path: string) => {
      started.push(path);
      const helper = new EventEmitter();
      const send = (question: Question) => {
        asked.push(question);
        setImmediate(() => helper.emit('message', { id: question.id, data: answer(question) }));
      };
      return Object.assign(helper, { send, disconnect: () => started.pop() });
    };
    restore = [replaced(children, { fork }), replaced(vscode.workspace, { isTrusted: true })];
    thumbnails = new (await import('./thumbnails')).Thumbnails('/dist/thumbnail-child.cjs');
  });
  afterEach(async () => {
    thumbnails.dispose();
    restore.forEach((one) => one());
    await rm(folder, { recursive: true });
  });

  it('are small pictures as they are, without a helper, also in Restricted Mode', async () => {
    const [path, picture] = [await write('a.png', png(600)), dataOf(png(600))];
    vscode.workspace['isTrusted'] = false;
    assert.deepEqual([await thumbnails.get(path, 'gutter'), await thumbnails.get(path, 'hover'), started], [picture, picture, []]);
  });

  it('are made by one helper of what is too large for its use, or no PNG, and fit', async () => {
    answer = ({ limit }) => Buffer.alloc(limit);
    const path = await write('a.png', png(60_000));
    const sizes = [];
    for (const use of ['gutter', 'sample', 'hover'] as const) sizes.push((await thumbnails.get(path, use))!.length);
    assert.deepEqual(asked.map(({ id: _id, ...question }) => question), [{ path, side: 48, limit: 6120 }, { path, side: 96, limit: 13_476 }, { path, side: 256, limit: 59_976 }]);
    assert.deepEqual([started, sizes.map((size, use) => size <= [8192, 18_000, 80_000][use]! && size > 8000)], [['/dist/thumbnail-child.cjs'], [true, true, true]]);
    assert.match((await thumbnails.get(await write('b.jpg', 'small, but no PNG'), 'gutter'))!, /^data:image\/webp;base64,/);
  });

  it('are left to the helper if the file is large, however little of it is shown', async () => {
    await thumbnails.get(await write('a.png', Buffer.concat([png(1), Buffer.alloc(256 * 1024)])), 'hover');
    assert.equal(asked.length, 1);
    await thumbnails.get(await write('b.png', Buffer.concat([png(1), Buffer.alloc(200 * 1024)])), 'hover');
    assert.equal(asked.length, 1);
  });

  it('are made once while the picture is the same, however often they are wanted', async () => {
    const path = await write('a.jpg', 'a');
    const both = await Promise.all([thumbnails.get(path, 'hover'), thumbnails.get(path, 'hover')]);
    assert.deepEqual([...both, await thumbnails.get(path, 'hover'), asked.length], [both[0], both[0], both[0], 1]);
    answer = () => null;
    const broken = await write('b.jpg', 'b');
    assert.deepEqual([await thumbnails.get(broken, 'hover'), await thumbnails.get(broken, 'hover'), asked.length], [undefined, undefined, 2]);
  });

  it('are new ones of a picture that was drawn again', async () => {
    const path = await write('a.png', png(10), 1);
    assert.equal(await thumbnails.get(path, 'gutter'), dataOf(png(10)));
    await write('a.png', png(20), 1);
    assert.equal(await thumbnails.get(path, 'gutter'), dataOf(png(20)));
    const other = await write('b.jpg', 'one');
    await thumbnails.get(other, 'gutter');
    await write('b.jpg', 'two', 2);
    answer = () => Buffer.from('two');
    assert.equal(await thumbnails.get(other, 'gutter'), `data:image/webp;base64,${Buffer.from('two').toString('base64')}`);
  });

  it('are none of a file that is not there, or is no picture', async () => {
    answer = () => null;
    assert.deepEqual([await thumbnails.get(join(folder, 'gone.png'), 'hover'), started], [undefined, []]);
    assert.deepEqual([await thumbnails.get(folder, 'hover'), await thumbnails.get(await write('a.png', 'text'), 'hover')], [undefined, undefined]);
    answer = ({ limit }) => Buffer.alloc(limit + 100);
    assert.equal(await thumbnails.get(await write('b.png', 'the helper made too much of it'), 'hover'), undefined);
  });

  it('start no helper in Restricted Mode, and come when the workspace is trusted', async () => {
    const path = await write('a.jpg', 'a');
    vscode.workspace['isTrusted'] = false;
    assert.deepEqual([await thumbnails.get(path, 'hover'), await thumbnails.small(path, 64, 1000), started], [undefined, null, []]);
    vscode.workspace['isTrusted'] = true;
    assert.match((await thumbnails.get(path, 'hover'))!, /^data:image\/webp/);
  });

  it('are remembered up to five hundred; those that were not wanted for longest go', async () => {
    const paths = [];
    for (let nth = 0; nth <= 500; nth++) paths.push(await write(`${nth}.jpg`, 'a'));
    for (const path of paths.slice(0, 500)) await thumbnails.get(path, 'gutter');
    await thumbnails.get(paths[0]!, 'gutter');
    await thumbnails.get(paths[500]!, 'gutter');
    assert.equal(asked.length, 501);
    for (const nth of [0, 2, 500, 1]) await thumbnails.get(paths[nth]!, 'gutter');
    assert.deepEqual(asked.slice(501).map(({ path }) => path), [paths[1]]);
  });

  it('let the helper go at the end', async () => {
    await thumbnails.get(await write('a.jpg', 'a'), 'hover');
    thumbnails.dispose();
    assert.deepEqual(started, []);
  });
});
