import assert from 'node:assert/strict';
import { captionSpan, isCaptionText, isMetadataFile, readCaptionFile } from './caption-file';

describe('a caption file', () => {
  const read = async (text: string) => {
    const file = await readCaptionFile('s/x.txt', text);
    assert.ok(file.kind === 'text', file.kind);
    return file;
  };

  it('is known by its name, in any case', () => {
    const names = ['x.txt', 's/x.CAPTION', 'metadata.jsonl', 's/Metadata.JSONL', 'xmetadata.jsonl', 'metadata.jsonl.bak', '.txt', 's/.txt', 'x.text', 'x.txt/y'];
    assert.deepEqual(names.filter(isCaptionText), ['x.txt', 's/x.CAPTION']);
    assert.deepEqual(names.filter(isMetadataFile), ['metadata.jsonl', 's/Metadata.JSONL']);
  });

  it('holds one caption, without white space around, line ends as LF, and its place', async () => {
    assert.deepEqual(await read('a cat'), { kind: 'text', caption: 'a cat', source: { file: 's/x.txt', kind: 'text', span: { start: 0, end: 5 }, from: { line: 0, character: 0 } } });
    assert.deepEqual(await read('\r\n\t a\r\ncat \r\n'), { kind: 'text', caption: 'a\ncat', source: { file: 's/x.txt', kind: 'text', span: { start: 4, end: 10 }, from: { line: 1, character: 2 }, raw: 'a\r\ncat' } });
    assert.deepEqual((await read('\n\n  x')).source.from, { line: 2, character: 2 });
  });

  it('is read without its byte order mark, which its places do not count', async () => {
    assert.deepEqual(await read('\uFEFFa cat\n'), await read('a cat\n'));
    assert.deepEqual(await read('\uFEFF'), await read(''));
    const file = await readCaptionFile('metadata.jsonl', '\uFEFF{"file_name": "a.png"}');
    assert.ok(file.kind === 'jsonl');
    assert.deepEqual([file.lines[0]?.lineSpan, file.end], [{ start: 0, end: 22 }, 22]);
  });

  it('that holds nothing has an empty caption at its beginning', async () => {
    for (const text of ['', '\n', ' \r\n\t', '\u00a0']) {
      const { caption, source } = await read(text);
      assert.deepEqual([caption, source.span, source.from], ['', { start: 0, end: 0 }, { line: 0, character: 0 }]);
    }
    assert.deepEqual(captionSpan(' a b '), { start: 1, end: 4 });
  });

  it('of metadata knows where more can be written', async () => {
    const ends = async (text: string) => {
      const file = await readCaptionFile('s/metadata.jsonl', text);
      assert.ok(file.kind === 'jsonl');
      return [file.lines.length, file.end, file.endsInLine];
    };
    const line = '{"file_name": "a.png"}';
    assert.deepEqual(await ends(''), [0, 0, false]);
    assert.deepEqual(await ends(line), [1, 22, true]);
    assert.deepEqual(await ends(`${line}\r\n`), [1, 24, false]);
    assert.deepEqual(await ends(`${line}\n${line}\n\n`), [2, 47, false]);
    assert.deepEqual(await ends(`${line}\n `), [1, 24, true]);
  });

  it('that Git LFS has not fetched is no caption', async () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n';
    for (const name of ['s/x.txt', 's/metadata.jsonl']) {
      const file = await readCaptionFile(name, pointer);
      assert.deepEqual(file, { kind: 'unreadable', problem: { code: 'unreadable-caption', severity: 'error', message: `${name} is a Git LFS pointer, not captions; fetch it with git lfs pull`, where: { file: name } } });
    }
    assert.equal((await read('a version https://git-lfs.github.com/spec/v1')).caption.length, 44);
  });
});
