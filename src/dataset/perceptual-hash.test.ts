import assert from 'node:assert/strict';
import fc from 'fast-check';
import { differenceHash, HASH_HEIGHT, HASH_WIDTH, hashDistance, sampleDistance } from './perceptual-hash';

/** 9×8 RGB pixels whose every channel is what `value` says of them. */
const grey = (value: (x: number, y: number) => number) => Uint8Array.from({ length: HASH_WIDTH * HASH_HEIGHT * 3 }, (_, index) => value(Math.floor(index / 3) % HASH_WIDTH, Math.floor(index / 3 / HASH_WIDTH)));

describe('a difference hash', () => {
  it('has a bit for every step to a brighter pixel, from the highest, row by row', () => {
    assert.deepEqual(differenceHash(grey(() => 7)), { high: 0, low: 0 });
    assert.deepEqual(differenceHash(grey((x) => x * 20)), { high: 0xffffffff, low: 0xffffffff });
    assert.deepEqual(differenceHash(grey((x) => 200 - x * 20)), { high: 0, low: 0 });
    assert.deepEqual(differenceHash(grey((x, y) => (y === 0 && x > 0 ? 100 : 0))), { high: 0x80000000, low: 0 });
    assert.deepEqual(differenceHash(grey((x, y) => (y === 3 && x === 8 ? 100 : 0))), { high: 1, low: 0 });
    assert.deepEqual(differenceHash(grey((x, y) => (y === 4 && x > 1 ? 100 : 0))), { high: 0, low: 0x40000000 });
    assert.deepEqual(differenceHash(grey((x, y) => (y === 7 && x === 8 ? 100 : 0))), { high: 0, low: 1 });
  });

  it('does not see steps of two or less, which compression makes', () => {
    assert.deepEqual(differenceHash(grey((x) => 100 + 2 * x)), { high: 0, low: 0 });
    assert.deepEqual(differenceHash(grey((x) => 100 + 3 * x)), { high: 0xffffffff, low: 0xffffffff });
  });

  it('weighs red, green and blue as JPEG does', () => {
    const step = (channel: number, by: number) => differenceHash(Uint8Array.from({ length: 216 }, (_, index) => (index % 3 === channel && Math.floor(index / 3) % 9 === 1 ? by : 0))).low;
    // 0.299, 0.587 and 0.114 of a step have to exceed two.
    assert.deepEqual([[0, 6], [0, 7], [1, 3], [1, 4], [2, 17], [2, 18]].map(([channel, by]) => step(channel!, by!) !== 0), [false, true, false, true, false, true]);
  });

  it('is of 9x8 pixels only', () => {
    assert.throws(() => differenceHash(new Uint8Array(192)), new RangeError('192 bytes are not 9x8 RGB pixels'));
  });
});

describe('distances', () => {
  it('of hashes are the bits that differ', () => {
    const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    const ones = (value: number) => value.toString(2).replaceAll('0', '').length;
    fc.assert(fc.property(word, word, word, word, (a, b, c, d) => assert.equal(hashDistance({ high: a, low: b }, { high: c, low: d }), ones((a ^ c) >>> 0) + ones((b ^ d) >>> 0))));
    assert.equal(hashDistance({ high: 0xffffffff, low: 0xffffffff }, { high: 0, low: 0 }), 64);
  });

  it('of samples are the mean of the differences, either way', () => {
    assert.equal(sampleDistance(Uint8Array.of(0, 10, 255, 3), Uint8Array.of(4, 0, 255, 3)), 3.5);
  });
});
