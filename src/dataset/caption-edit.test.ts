import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DatasetError, editCaption, editCaptionText, editMetadataLine, placeInCaption, readCaptionFile, type CaptionSource, type TextEdit } from './index';
import { readJsonObject } from './json-object';

const apply = (text: string, { span, newText }: TextEdit) => text.slice(0, span.start) + newText + text.slice(span.end);
const line = async (text: string, number: number) => {
  const file = await readCaptionFile('metadata.jsonl', text);
  assert.ok(file.kind === 'jsonl');
  return file.lines[number]!;
};

describe('a changed caption', () => {
  it('replaces the caption only, and keeps white space, byte order mark and line ends', () => {
    const check = (text: string, caption: string, expected: string) => assert.equal(apply(text, editCaptionText(text, caption)), expected);
    check('a cat\n', 'a dog', 'a dog\n');
    check('\uFEFF\n  a cat \r\n\r\n', 'a\nb', '\uFEFF\n  a\r\nb \r\n\r\n');
    check('', 'a cat', 'a cat');
    check('a cat\n', '', '\n');
  });

  it('replaces one value of one line of metadata, and keeps all else byte for byte', () => {
    const check = (text: string, number: number, caption: string, expected: string) => assert.equal(apply(text, editMetadataLine(text, number, caption)), expected);
    const others = '{ "n" :1.50,\t"file_name":"a.png" , "text" :  ';
    check(`x\r\n${others}"old \\"one\\"" , "tags": ["text", {"text": "no"}]}\r\ny`, 1, 'say "hi"', `x\r\n${others}"say \\"hi\\"" , "tags": ["text", {"text": "no"}]}\r\ny`);
    check('{"file_name": "a.png", "text": null}', 0, 'cat', '{"file_name": "a.png", "text": "cat"}');
    check('{"file_name": "a.png"}\n', 0, 'cat', '{"file_name": "a.png", "text": "cat"}\n');
    check('\uFEFF{"file_name":"a.png"}', 0, 'cat', '\uFEFF{"file_name":"a.png","text":"cat"}');
    check('{}', 0, 'cat', '{"text": "cat"}');
  });

  it('escapes what is not ASCII only where the writer did', () => {
    const check = (text: string, caption: string, expected: string) => assert.equal(apply(text, editMetadataLine(text, 0, caption)), expected);
    check('{"text": "caf\\u00e9"}', 'naïve 🎨', '{"text": "na\\u00efve \\ud83c\\udfa8"}');
    check('{"text": "café"}', 'naïve', '{"text": "naïve"}');
  });

  it('is refused for a line that is no JSON object', () => {
    for (const text of ['[1]', '{"a": }', '', '{"a": 1} {']) assert.throws(() => editMetadataLine(text, 0, 'x'), DatasetError);
    assert.throws(() => editMetadataLine('{}\n{}', 7, 'x'), DatasetError);
  });

  it('reads back as it was written, whatever it says, and leaves the other lines alone', async () => {
    const caption = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\uFEFF]/g, '').trim());
    await fc.assert(fc.asyncProperty(caption, caption, fc.string(), fc.boolean(), async (before, after, other, isLine) => {
      const text = isLine ? `{"a": 1}\n{"file_name": "x.png", "text": ${JSON.stringify(before)}, "other": ${JSON.stringify(other)}}\n` : `${before}\n`;
      const name = isLine ? 'metadata.jsonl' : 'x.txt';
      const old = await readCaptionFile(name, text);
      const source: CaptionSource | undefined = old.kind === 'text' ? old.source : old.kind === 'jsonl' ? old.lines[0]?.source : undefined;
      const changed = apply(text, editCaption(source!, text, after));
      const read = await readCaptionFile(name, changed);
      assert.equal(read.kind === 'text' ? read.caption : read.kind === 'jsonl' && read.lines[0]?.caption, after);
      if (isLine) assert.deepEqual(JSON.parse(changed.split('\n')[1]!), { file_name: 'x.png', text: after, other });
    }));
  });
});

describe('a place in a caption', () => {
  it('is the same characters of the file, through escapes, surrogates and line ends', async () => {
    const text = '{"a": 1}\n {"file_name": "x.png", "text": " the \\"red\\" caf\\u00e9\\r\\n\\ud83c\\udfa8 cirlce\\n"}';
    const { caption, source } = await line(text, 0);
    assert.equal(caption, 'the "red" café\n🎨 cirlce');
    const raw = (part: string) => {
      const { range } = placeInCaption(source, caption, caption.indexOf(part), caption.indexOf(part) + part.length);
      assert.equal(range?.from.line, 1);
      assert.equal(range.from.character, range.start - text.indexOf('\n') - 1);
      return text.slice(range.start, range.end);
    };
    assert.equal(raw('red'), 'red');
    assert.equal(raw('"red"'), '\\"red\\"');
    assert.equal(raw('café'), 'caf\\u00e9');
    assert.equal(raw('cirlce'), 'cirlce');
    assert.equal(raw('🎨'), '\\ud83c\\udfa8');
  });

  it('counts lines of a text as editors do', async () => {
    const text = '\r\n one\r\ntwo three\r\n';
    const file = await readCaptionFile('x.txt', text);
    assert.ok(file.kind === 'text');
    const { range } = placeInCaption(file.source, file.caption, file.caption.indexOf('three'));
    assert.equal(text.slice(range?.start, range?.end), 'three');
    assert.deepEqual([range?.from, range?.to], [{ line: 2, character: 4 }, { line: 2, character: 9 }]);
    assert.deepEqual(file.source.from, { line: 1, character: 1 });
  });
});

describe('the members of a JSON object', () => {
  it('are those that JSON.parse sees, each at its place', () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.integer({ min: 0, max: 3 }), (object, indent) => {
      const text = JSON.stringify(object, null, indent);
      const read = readJsonObject(`@@${text}`, 2, text.length + 2);
      assert.ok('members' in read, JSON.stringify(read));
      const values = read.members.map(({ key, valueSpan }) => [key, JSON.parse(text.slice(valueSpan.start - 2, valueSpan.end - 2))]);
      assert.equal(JSON.stringify(Object.fromEntries(values)), JSON.stringify(JSON.parse(text)));
    }));
  });

  it('are refused exactly when JSON.parse refuses, whatever is damaged', () => {
    fc.assert(fc.property(fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 }), fc.nat(), fc.constantFrom('', '"', ',', '}', ':', '\\', '1', 'e', '\n'), (object, at, damage) => {
      const whole = JSON.stringify(object);
      const cut = at % whole.length;
      const text = whole.slice(0, cut) + damage + whole.slice(cut + 1);
      let isObject = false;
      try {
        const value: unknown = JSON.parse(text);
        isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
      } catch { /* no JSON */ }
      // A damaged first brace may leave white space in front, which callers skip.
      assert.equal('members' in readJsonObject(text, text.length - text.trimStart().length, text.length), isObject, text);
    }), { numRuns: 2000 });
  });

  it('may nest deeply only so far, without running out of stack', () => {
    const read = readJsonObject(`{"a": ${'['.repeat(100_000)}`, 0, 100_006);
    assert.ok('problem' in read && /deeply/.test(read.problem));
  });
});
