import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readCaptionFile } from './caption-file';
import { placeInCaption } from './caption-place';
import type { CaptionSource } from './dataset';

/** What a caption file says, and the characters of its text where a part of the caption stands. */
async function reader(name: string, text: string) {
  const file = await readCaptionFile(name, text);
  assert.ok(file.kind !== 'unreadable');
  const [{ caption, source }] = file.kind === 'text' ? [file] : [file.lines[0]!];
  const place = (start?: number, end?: number) => placeInCaption(source, caption, start, end).range!;
  return { caption, source, place, raw: (start?: number, end?: number) => text.slice(place(start, end).start, place(start, end).end) };
}
const json = (literal: string) => `{"file_name": "a.png", "text": "${literal}"}`;

describe('a place in a caption file', () => {
  it('is offsets, lines and columns, where the caption is the file\'s own characters', async () => {
    const { place } = await reader('x.txt', '\n  one\ntwo\n');
    assert.deepEqual(place(), { start: 3, end: 10, from: { line: 1, character: 2 }, to: { line: 2, character: 3 } });
    assert.deepEqual(place(4, 7), { start: 7, end: 10, from: { line: 2, character: 0 }, to: { line: 2, character: 3 } });
    assert.deepEqual(place(2, 1), { start: 5, end: 5, from: { line: 1, character: 4 }, to: { line: 1, character: 4 } });
  });

  it('spans a whole CRLF, or none of it, and counts columns after it from nought', async () => {
    const { raw, place } = await reader('x.txt', 'one\r\ntwo');
    assert.deepEqual([raw(0, 3), raw(3, 4), raw(2, 5), raw(4, 7)], ['one', '\n', 'e\r\nt', 'two']);
    assert.deepEqual(place(4, 5).from, { line: 1, character: 0 });
  });

  it('is behind the last character where a part begins there, and at the first of an empty caption', async () => {
    for (const [name, text, end] of [['x.txt', 'a\r\nb', 4], ['metadata.jsonl', json('\\u0061b'), 39]] as const) {
      const { caption, place } = await reader(name, text);
      const { start, end: to } = place(caption.length);
      assert.deepEqual([start, to], [end, end]);
    }
    const { caption, place } = await reader('metadata.jsonl', json(' \\n '));
    assert.deepEqual([caption, place().start, place().end], ['', 32, 32]);
  });

  it('keeps whole escapes, and leaves out white space that was escaped around', async () => {
    const { caption, raw } = await reader('metadata.jsonl', json('\\t \\u00e9t\\u00E9\\\\ \\/\\n'));
    assert.equal(caption, 'été\\ /');
    assert.equal(raw(), '\\u00e9t\\u00E9\\\\ \\/');
    assert.deepEqual([...caption].map((_, at) => raw(at, at + 1)), ['\\u00e9', 't', '\\u00E9', '\\\\', ' ', '\\/']);
  });

  it('of no text is the value that stands in its place, or the line\'s object', async () => {
    const value = await reader('metadata.jsonl', '{"text": null, "file_name": "a.png"}');
    assert.deepEqual([value.source.span, value.place()], [{ start: 9, end: 13 }, { start: 9, end: 9, from: { line: 0, character: 9 }, to: { line: 0, character: 9 } }]);
    const none = await reader('metadata.jsonl', ' {"file_name": "a.png"} ');
    assert.deepEqual(none.source.span, { start: 1, end: 23 });
  });

  it('decodes to the part it stands for, whatever was escaped', async () => {
    const unit = fc.oneof(fc.constantFrom('\\n', '\\r\\n', '\\u00e9', '\\ud83c\\udfa8', '\\"', '\\\\', 'a', ' ', 'é', '🎨'), fc.string({ unit: 'grapheme', maxLength: 1 }).map((one) => JSON.stringify(one).slice(1, -1)));
    await fc.assert(fc.asyncProperty(fc.array(unit, { maxLength: 12 }), fc.nat(12), fc.nat(12), async (units, a, b) => {
      const { caption, raw } = await reader('metadata.jsonl', json(units.join('')));
      const [start, end] = [Math.min(a, b, caption.length), Math.min(Math.max(a, b), caption.length)];
      const decoded = (JSON.parse(`"${raw(start, end)}"`) as string).replaceAll('\r\n', '\n');
      // A part that begins or ends with a line end may hold the LF alone.
      assert.equal(decoded, caption.slice(start, end));
    }));
  });

  it('names the file as the source does', () => {
    const source: CaptionSource = { file: 's/x.txt', kind: 'text', span: { start: 7, end: 10 }, from: { line: 3, character: 1 } };
    assert.deepEqual(placeInCaption(source, 'cat', 1, 2), { file: 's/x.txt', range: { start: 8, end: 9, from: { line: 3, character: 2 }, to: { line: 3, character: 3 } } });
  });
});
