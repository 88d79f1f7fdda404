import assert from 'node:assert/strict';
import fc from 'fast-check';
import { philox4x32, type Words } from './philox';

describe('philox', () => {
  it('gives Random123\'s known answers', () => {
    const check = (key: [number, number], counter: Words, expected: Words) => assert.deepEqual(philox4x32(key, counter), expected);
    const ones = 0xffffffff;
    check([0, 0], [0, 0, 0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    check([ones, ones], [ones, ones, ones, ones], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
    check([0xa4093822, 0x299f31d0], [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
  });

  it('gives words of 32 bits, and others for every key and counter', () => {
    const word = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(fc.property(fc.tuple(word, word), fc.tuple(word, word, word, word), (key, counter) => {
      const words = philox4x32(key, counter);
      assert.ok(words.every((one) => Number.isInteger(one) && one >= 0 && one <= 0xffffffff));
      assert.notDeepEqual(philox4x32([(key[0] + 1) >>> 0, key[1]], counter), words);
      assert.notDeepEqual(philox4x32(key, [counter[0], counter[1], counter[2], (counter[3] + 1) >>> 0]), words);
      assert.deepEqual(philox4x32(key, counter), words);
    }));
  });
});
