import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { ThumbnailQueue } from './thumbnail-queue';

describe('thumbnails of a grid', () => {
  it('are made a few at a time, and only those that were wanted last', async () => {
    const asked: string[] = [];
    const finish: (() => void)[] = [];
    const made: number[] = [];
    const small = (path: string) => {
      asked.push(path);
      return new Promise<Uint8Array | null>((resolve) => finish.push(() => resolve(path === 'broken' ? null : new Uint8Array(1))));
    };
    const queue = new ThumbnailQueue({ small }, (id) => made.push(id));
    const finishAll = async () => {
      for (let one = finish.shift(); one; one = finish.shift()) {
        one();
        await setImmediate();
      }
    };
    queue.want([0, 1, 2, 3, 4].map((id) => ({ id, path: `a${id}` })));
    assert.deepEqual(asked, ['a0', 'a1', 'a2']);
    queue.want([{ id: 7, path: 'broken' }, { id: 8, path: 'b' }]);
    await finishAll();
    assert.deepEqual(asked, ['a0', 'a1', 'a2', 'broken', 'b']);
    assert.deepEqual(made, [0, 1, 2, 8]);
    queue.want([{ id: 9, path: 'c' }]);
    await finishAll();
    assert.deepEqual(made, [0, 1, 2, 8, 9]);
  });
});
