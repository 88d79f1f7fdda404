import assert from 'node:assert/strict';
import { endOfLine, readMetadataLines } from './metadata-jsonl';
import { TimeSlice } from './time-slice';

const read = (text: string) => readMetadataLines('s/metadata.jsonl', text, new TimeSlice());

describe('lines of metadata.jsonl', () => {
  it('give name and caption with their places, and leave other keys alone', async () => {
    const text = '{"n": 1e400, "file_name": "a.png", "text": "a cat"}\n';
    assert.deepEqual(await read(text), {
      lines: [{
        fileName: 'a.png',
        fileNameRange: { start: 26, end: 33, from: { line: 0, character: 26 }, to: { line: 0, character: 33 } },
        caption: 'a cat',
        source: { file: 's/metadata.jsonl', kind: 'jsonl', span: { start: 44, end: 49 }, from: { line: 0, character: 44 } },
        lineSpan: { start: 0, end: 52 },
      }],
      problems: [],
    });
  });

  it('are counted with the blank ones, end in LF or CRLF, and the last need not end', async () => {
    const texts = ['{"file_name":"a.png","text":"x"}', '', ' \t', '  {"file_name":"b.png","text":"y"} '];
    for (const [end, spans] of [['\n', [[0, 33], [37, 72]]], ['\r\n', [[0, 34], [40, 75]]]] as const) {
      const { lines, problems } = await read(texts.join(end));
      assert.deepEqual(problems, []);
      assert.deepEqual(lines.map(({ lineSpan }) => [lineSpan.start, lineSpan.end]), spans);
      assert.deepEqual(lines.map(({ source }) => source.from), [{ line: 0, character: 29 }, { line: 3, character: 31 }]);
    }
    assert.deepEqual(await read(''), { lines: [], problems: [] });
    assert.deepEqual(await read('\n\r\n'), { lines: [], problems: [] });
  });

  it('have their captions unescaped, trimmed, with LF, and the raw characters where these differ', async () => {
    const caption = async (literal: string) => {
      const { lines } = await read(`{"file_name": "a.png", "text": ${literal}}`);
      return [lines[0]?.caption, lines[0]?.source.raw];
    };
    assert.deepEqual(await caption('"a cat"'), ['a cat', undefined]);
    assert.deepEqual(await caption('" a\\r\\nb\\n"'), ['a\nb', ' a\\r\\nb\\n']);
    assert.deepEqual(await caption('"caf\\u00e9 \\ud83c\\udfa8"'), ['café 🎨', 'caf\\u00e9 \\ud83c\\udfa8']);
    assert.deepEqual(await caption('""'), ['', undefined]);
    assert.deepEqual(await caption('null'), ['', undefined]);
  });

  it('take the last of a key that is written twice, as JSON.parse does', async () => {
    const { lines } = await read('{"text": "one", "file_name": "a.png", "file_name": "b.png", "text": "two"}');
    assert.deepEqual(lines.map(({ fileName, caption }) => [fileName, caption]), [['b.png', 'two']]);
  });

  it('name files with forward slashes', async () => {
    const { lines } = await read('{"file_name": "a\\\\b\\\\c.png"}\n{"file_name": "caf\\u00e9.png", "__proto__": {"text": "x"}}');
    assert.deepEqual(lines.map(({ fileName, caption }) => [fileName, caption]), [['a/b/c.png', ''], ['café.png', '']]);
  });

  it('that cannot be used say so at the very place, and the others count', async () => {
    const cases: [string, string, string][] = [
      ['5', 'not a line of JSON: a JSON object is missing here', '5'],
      ['["a.png"]', 'not a line of JSON: a JSON object is missing here', '["a.png"]'],
      ['null', 'not a line of JSON: a JSON object is missing here', 'null'],
      ['{"file_name": "a.png"} x', 'not a line of JSON: something follows the object', 'x'],
      ['{}', 'no file_name in this line; add "file_name": "…", the path of a picture', '{}'],
      ['  {"text": "x"} ', 'no file_name in this line; add "file_name": "…", the path of a picture', '{"text": "x"}'],
      ['{"file_name": 5}', 'file_name must be a string, the path of a picture', '5'],
      ['{"file_name": null}', 'file_name must be a string, the path of a picture', 'null'],
      ['{"file_name": ""}', 'file_name is empty; name a picture', '""'],
      [`{"file_name": "${'x'.repeat(4097)}"}`, 'file_name is too long for a path', `"${'x'.repeat(4097)}"`],
      ['{"file_name": "a.png", "text": 1.50}', 'text must be a string or null', '1.50'],
      ['{"file_name": "a.png", "text": NaN}', 'text must be a string or null', 'NaN'],
      ['{"file_name": "a.png", "text": ["x"]}', 'text must be a string or null', '["x"]'],
    ];
    const text = `${cases.map(([line]) => line).join('\n')}\n{"file_name": "b.png", "text": "fine"}`;
    const { lines, problems } = await read(text);
    assert.deepEqual(problems.map(({ message, where }) => [message, text.slice(where.range?.start, where.range?.end)]), cases.map(([, message, place]) => [message, place]));
    assert.deepEqual(problems.map(({ where }) => where.range?.from.line), cases.map((_, index) => index));
    assert.ok(problems.every(({ code, severity, where }) => code === 'metadata-line' && severity === 'error' && where.file === 's/metadata.jsonl'));
    assert.deepEqual(problems[5]?.where.range?.from, { line: 5, character: 2 });
    assert.deepEqual(lines.map(({ caption, source }) => [caption, source.from.line]), [['fine', cases.length]]);
  });

  it('stop when aborted', async () => {
    await assert.rejects(readMetadataLines('metadata.jsonl', '{"file_name": "a.png", "text": "x"}\n'.repeat(20_000), new TimeSlice(AbortSignal.abort())), { name: 'AbortError' });
  });

  it('end before the next LF, or with the text', () => {
    assert.deepEqual([endOfLine('ab\nc', 0), endOfLine('ab\nc', 2), endOfLine('ab\nc', 3), endOfLine('', 0)], [2, 2, 4, 0]);
  });
});
