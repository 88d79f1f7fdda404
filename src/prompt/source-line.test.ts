import assert from 'node:assert/strict';
import fc from 'fast-check';
import { splitLines } from './source-line';

/** Lines with the original text that each of their characters stands for. */
function pieces(text: string): [string, string[]][] {
  return splitLines(text).map((line) => {
    const at = (i: number) => line.offsets?.[i] ?? line.span.start + i;
    return [line.text, Array.from(line.text, (_, i) => i).map((i) => text.slice(at(i), at(i + 1)))];
  });
}

describe('lines', () => {
  it('end at LF, CRLF and a lone CR, and one is after the last end', () => {
    assert.deepEqual(splitLines('\ufeff\ufeffa\r\nb\rc\n\nd\n').map(({ text, span }) => [text, span.start, span.end]), [['a', 2, 3], ['b', 5, 6], ['c', 7, 8], ['', 9, 9], ['d', 10, 11], ['', 12, 12]]);
    assert.deepEqual(splitLines('').map(({ text }) => text), ['']);
  });

  it('in NFC keep the place of every character', () => {
    const check = (text: string, ...expected: [string, string[]][]) => assert.deepEqual(pieces(text), expected);
    check('cafe\u0301s', ['cafés', ['c', 'a', 'f', 'e\u0301', 's']]);
    check('\u1112\u1161\u11ab!', ['한!', ['\u1112\u1161\u11ab', '!']]);
    check('\u212b\u0323x', ['Å\u0323x'.normalize('NFC'), ['', '\u212b\u0323', 'x']]);
    check('plain\ne\u0300', ['plain', [...'plain']], ['è', ['e\u0300']]);
  });

  it('have offsets that rise from the line\'s start to its end, for any text', () => {
    const char = fc.constantFrom('a', 'é', 'e\u0301', '\u0301', '\u0323', '\u1112', '\u1161', '\u11ab', '\u212b', '\u{1f339}', '\ud800', '\u09c7', '\u09be', '\u{16d67}', '\u0344', ' ', '\n');
    fc.assert(fc.property(fc.array(char).map((chars) => chars.join('')), (text) => {
      for (const { text: line, span, offsets } of splitLines(text)) {
        assert.equal(line, text.slice(span.start, span.end).normalize('NFC'));
        if (offsets === undefined) continue;
        assert.equal(offsets.length, line.length + 1);
        assert.deepEqual([offsets.at(0), offsets.at(-1)], [span.start, span.end]);
        assert.ok(offsets.every((offset, i) => i === 0 || offset >= (offsets[i - 1] ?? 0)), offsets.join());
        // Composed piece by piece or at once: the same text up to any place where a new piece begins.
        for (const [i, offset] of offsets.entries()) if (offset !== offsets[i - 1]) assert.equal(text.slice(span.start, offset).normalize('NFC'), line.slice(0, i));
      }
    }), { numRuns: 2000 });
  });
});
