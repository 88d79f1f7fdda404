import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parsePromptAttention } from './attention';

/**
 * The first eight lines are A1111's doctests, the rest random texts; the answers are from its parse_prompt_attention
 * (modules/prompt_parser.py, 1.10), run in CPython.
 */
const vectors = readFileSync(new URL('../../test/fixtures/prompt/a1111-attention.jsonl', import.meta.url), 'utf8').trim().split('\n');

describe('parsePromptAttention', () => {
  it('agrees with A1111 in every text and every bit of every weight', () => {
    assert.ok(vectors.length > 300);
    for (const line of vectors) {
      const [text, expected] = JSON.parse(line) as [string, [string, number][]];
      assert.deepEqual(parsePromptAttention(text), expected, text);
    }
  });

  it('gives BREAK weight −1, and only where it is a word', () => {
    assert.deepEqual(parsePromptAttention('a BREAK b'), [['a', 1], ['BREAK', -1], ['b', 1]]);
    assert.deepEqual(parsePromptAttention('aBREAK BREAKER'), [['aBREAK BREAKER', 1]]);
  });

  it('reads a weight that is no number as text', () => {
    assert.deepEqual(parsePromptAttention('(a:1.2.3)'), [['a:1.2.3)', 1.1]]);
  });

  it('gives every weight of a text without brackets, backslashes and BREAK as 1', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }).filter((text) => !/[\\()[\]]|BREAK/.test(text)), (text) => {
      assert.deepEqual(parsePromptAttention(text), [[text, 1]]);
    }));
  });

  it('stays near linear on brackets that never close', () => {
    for (const text of ['(a'.repeat(100_000), '('.repeat(200_000), '(a:'.repeat(60_000), `${' '.repeat(200_000)}BREAK`]) assert.ok(parsePromptAttention(text).length > 0);
  }).timeout(60_000);
});
