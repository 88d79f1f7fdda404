import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parsePromptSchedule } from './schedule';

/**
 * The first 14 lines are the prompts of A1111's doctests, the rest random; the answers are from its grammar run by lark
 * 1.1.2 (modules/prompt_parser.py, 1.10). Lark resolves ambiguity by hash order, so A1111 itself reads a schedule next
 * to stray brackets differently from run to run; only answers that stood under four hash seeds are here.
 */
const vectors = readFileSync(new URL('../../test/fixtures/prompt/a1111-schedules.jsonl', import.meta.url), 'utf8').trim().split('\n');

describe('parsePromptSchedule', () => {
  it('agrees with A1111 wherever A1111 agrees with itself', () => {
    assert.ok(vectors.length > 300);
    for (const line of vectors) {
      const [prompt, steps, expected] = JSON.parse(line) as [string, number, [number, string][]];
      assert.deepEqual(parsePromptSchedule(prompt, steps), expected, `${prompt} over ${steps}`);
    }
  });

  it('switches at a fraction of the steps where the number has a point, else at a step', () => {
    assert.deepEqual(parsePromptSchedule('a [b:.5] c', 10), [[5, 'a  c'], [10, 'a b c']]);
    assert.deepEqual(parsePromptSchedule('a [b:1] c', 10), [[1, 'a  c'], [10, 'a b c']]);
    assert.deepEqual(parsePromptSchedule('a [b:1.0] c', 10), [[10, 'a  c']]);
  });

  it('takes a schedule next to stray brackets as a schedule', () => {
    assert.deepEqual(parsePromptSchedule('(a [b:c:2]((', 4), [[2, '(a b(('], [4, '(a c((']]);
  });

  it('ends at the last step, with steps in order, whatever the text', () => {
    const text = fc.array(fc.constantFrom('a', ' ', '[', ']', '(', ')', ':', '|', ':2]', ':.5]', '\\', '[x|y]', '[a:b:3]')).map((parts) => parts.join(''));
    fc.assert(fc.property(text, fc.integer({ min: 1, max: 12 }), (prompt, steps) => {
      const ends = parsePromptSchedule(prompt, steps).map(([end]) => end);
      assert.equal(ends.at(-1), steps);
      assert.deepEqual(ends, [...new Set(ends)].sort((a, b) => a - b));
    }));
  });

  it('stays near linear on a megabyte, of brackets that close and of brackets that never do', () => {
    for (const text of ['[a'.repeat(100_000), '[a:'.repeat(60_000), '[(a|'.repeat(50_000), `${'['.repeat(100_000)}${':1]'.repeat(100_000)}`]) assert.ok(parsePromptSchedule(text, 20).length > 0);
    assert.deepEqual(parsePromptSchedule('(a:1.1) '.repeat(125_000), 20).map(([end, text]) => [end, text.length]), [[20, 1_000_000]]);
    assert.deepEqual(parsePromptSchedule('[a:bc:5] '.repeat(100_000), 20).map(([end, text]) => [end, text.length]), [[5, 200_000], [20, 300_000]]);
  });
});
