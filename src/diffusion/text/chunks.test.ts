import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Tokenizer } from '../../tokenizer';
import { chunksOf } from './chunks';

/** One token per letter: its place in the alphabet. */
const letters = {
  kind: 'clip', maxLength: 77, bosId: 100, eosId: 101, padId: 101,
  encode: (text: string) => [...text].filter((c) => c !== ' ').map((c) => c.charCodeAt(0) - 96),
} as unknown as Tokenizer;

const group = (text: string, weight = 1) => [{ text, weight }];

describe('chunks', () => {
  it('frame and pad a short text', () => {
    const { chunks, tokens, dropped } = chunksOf([group('ab')], letters, { length: 6, longPrompt: 'chunk' });
    assert.deepEqual(chunks, [{ ids: [100, 1, 2, 101, 101, 101], weights: [1, 1, 1, 1, 1, 1], mask: [1, 1, 1, 1, 0, 0] }]);
    assert.deepEqual([tokens, dropped], [2, 0]);
  });

  it('give nothing as one empty chunk', () => {
    assert.deepEqual(chunksOf([[]], letters, { length: 4, longPrompt: 'chunk' }).chunks.map(({ ids }) => ids), [[100, 101, 101, 101]]);
  });

  it('start anew at a break', () => {
    const { chunks } = chunksOf([group('ab'), group('c')], letters, { length: 5, longPrompt: 'chunk' });
    assert.deepEqual(chunks.map(({ ids }) => ids), [[100, 1, 2, 101, 101], [100, 3, 101, 101, 101]]);
  });

  it('carry each piece’s weight to its tokens and to nothing else', () => {
    const { chunks } = chunksOf([[{ text: 'ab', weight: 1.5 }, { text: 'c', weight: 0.5 }]], letters, { length: 5, longPrompt: 'chunk' });
    assert.deepEqual(chunks[0]!.weights, [1, 1.5, 1.5, 0.5, 1]);
  });

  it('fill a group up with empty ones where another encoder needs more for it', () => {
    const { chunks } = chunksOf([group('ab'), group('c')], letters, { length: 4, longPrompt: 'chunk', least: [2, 1] });
    assert.deepEqual(chunks.map(({ ids }) => ids), [[100, 1, 2, 101], [100, 101, 101, 101], [100, 3, 101, 101]]);
  });

  it('cut to one chunk when told to, and count what was left out', () => {
    const { chunks, tokens, dropped } = chunksOf([group('abc'), group('de')], letters, { length: 5, longPrompt: 'truncate' });
    assert.deepEqual(chunks.map(({ ids }) => ids), [[100, 1, 2, 3, 101]]);
    assert.deepEqual([tokens, dropped], [5, 2]);
  });

  it('lose no token and change no order, whatever the length', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 25 })), fc.integer({ min: 3, max: 80 }), (places, length) => {
      const text = places.map((place) => String.fromCharCode(97 + place)).join('');
      const { chunks } = chunksOf([group(text)], letters, { length, longPrompt: 'chunk' });
      assert.deepEqual(chunks.flatMap(({ ids }) => ids.filter((id) => id < 100)), letters.encode(text));
      assert.ok(chunks.every(({ ids, weights, mask }) => ids.length === length && weights.length === length && mask.length === length));
    }));
  });
});
