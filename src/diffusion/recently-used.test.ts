import assert from 'node:assert/strict';
import { RecentlyUsed } from './recently-used';

describe('a cache of what was used recently', () => {
  it('drops what was used longest ago when it is full', () => {
    const cache = new RecentlyUsed<number>(10, (size) => size);
    for (const [key, size] of [['a', 4], ['b', 4], ['a', 4], ['c', 4]] as const) cache.set(key, size);
    assert.deepEqual([cache.get('a'), cache.get('b'), cache.get('c')], [4, undefined, 4]);
  });

  it('does not keep what is larger than itself', () => {
    const cache = new RecentlyUsed<number>(10, (size) => size);
    cache.set('a', 11);
    assert.equal(cache.get('a'), undefined);
    cache.set('b', 10);
    assert.equal(cache.get('b'), 10);
  });
});
