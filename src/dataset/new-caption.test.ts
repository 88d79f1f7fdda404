import assert from 'node:assert/strict';
import { assembleDataset, withCaptionText } from './assemble-dataset';
import type { Dataset } from './dataset';
import { DatasetError } from './error';
import { newCaption, usualExtension } from './new-caption';
import { memoryDataset } from './test-support';

const LINE = '{"file_name": "a.png", "text": "x"}';

describe('a place for a new caption', () => {
  it('is a file beside the picture, named as most of the set\'s are', async () => {
    const text = await memoryDataset({ 'a.png': null, 'a.txt': 'x', 's/b.c.png': null });
    assert.deepEqual(newCaption(text, 's/b.c.png', 'a dog'), { kind: 'create', file: 's/b.c.txt', text: 'a dog\n' });
    assert.deepEqual(newCaption(text, 's/b.c.png', ''), { kind: 'create', file: 's/b.c.txt', text: '' });
    assert.deepEqual(newCaption(text, 's/b.c.png', 'x', '.caption').file, 's/b.c.caption');
    const other = await memoryDataset({ 'a.png': null, 'a.CAPTION': 'x', 'b.png': null });
    assert.deepEqual(newCaption(other, 'b.png', 'x').file, 'b.caption');
  });

  it('is a line of the folder\'s own metadata, on a line of its own, that reads back', async () => {
    for (const [text, newText] of [['', '{"file_name": "b.png", "text": "say \\"hi\\""}\n'], [LINE, '\n{"file_name": "b.png", "text": "say \\"hi\\""}\n'], [`${LINE}\n`, '{"file_name": "b.png", "text": "say \\"hi\\""}\n']] as const) {
      const dataset = await memoryDataset({ 's/a.png': null, 's/b.png': null, 's/metadata.jsonl': text });
      const edit = newCaption(dataset, 's/b.png', 'say "hi"');
      assert.deepEqual(edit, { kind: 'replace', file: 's/metadata.jsonl', span: { start: text.length, end: text.length }, newText });
      const after = await withCaptionText(dataset, 's/metadata.jsonl', text + newText);
      assert.deepEqual([after.entries[1]?.caption, after.problems], ['say "hi"', []]);
    }
    const above = await memoryDataset({ 'metadata.jsonl': '', 's/b.png': null, 'c.png': null });
    assert.deepEqual([newCaption(above, 's/b.png', 'x').file, newCaption(above, 'c.png', 'x').file], ['s/b.txt', 'metadata.jsonl']);
  });

  it('is refused where a file stands that could not be read, so that nothing is lost or silently not written', async () => {
    const dataset = await memoryDataset({ 's/a.png': null, 's/a.txt': 'version https://git-lfs.github.com/spec/v1\n', 'b.png': null });
    const refuses = (of: Dataset, picture: string, file: string) => assert.throws(() => newCaption(of, picture, 'x'), (error: Error) => error instanceof DatasetError && error.message === `${file} is there and cannot be read, so ${picture} gets no caption; mend or delete that file first`);
    refuses(dataset, 's/a.png', 's/a.txt');
    refuses(await assembleDataset({ ...dataset, refused: [{ code: 'outside-folder', severity: 'error', message: 'a link', where: { file: 'b.txt' } }] }), 'b.png', 'b.txt');
    assert.equal(newCaption(dataset, 'b.png', 'x').file, 'b.txt');
    // Metadata that cannot be read is no place for a line.
    assert.equal(newCaption(await memoryDataset({ 'b.png': null, 'metadata.jsonl': 'version https://git-lfs.github.com/spec/v1\n' }), 'b.png', 'x').file, 'b.txt');
  });

  it('goes by the majority; where it is even, or there is none, by .txt', () => {
    const entry = (file: string | null) => ({ picture: 'a.png', caption: null, source: file === null ? null : { file, kind: file.endsWith('l') ? 'jsonl' : 'text', span: { start: 0, end: 0 }, from: { line: 0, character: 0 } } as const });
    const usual = (...files: (string | null)[]) => usualExtension({ entries: files.map(entry) });
    assert.equal(usual(), '.txt');
    assert.equal(usual('a.caption', 'b.caption', 'c.txt', null, 'metadata.jsonl', 'metadata.jsonl'), '.caption');
    assert.equal(usual('a.caption', 'b.txt'), '.txt');
    assert.equal(usual(...Array.from({ length: 1000 }, () => 'a.txt'), ...Array.from({ length: 2000 }, () => 'a.caption')), '.txt', 'judged by the first thousand');
  });
});
