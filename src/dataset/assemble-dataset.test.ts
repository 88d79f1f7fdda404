import assert from 'node:assert/strict';
import { assembleDataset, folderOf, nameOf, withCaptionText, withoutExtension } from './assemble-dataset';
import { readCaptionFile } from './caption-file';
import type { Dataset } from './dataset';
import type { Lint } from './lint';
import { memoryDataset } from './test-support';

const line = (fileName: string, text: string) => `${JSON.stringify({ file_name: fileName, text })}\n`;
const captions = ({ entries }: Dataset) => Object.fromEntries(entries.map(({ picture, caption }) => [picture, caption]));
const codes = ({ problems }: Dataset) => problems.map(({ code, where }) => `${code} ${where.file}`);
const move = (lint: Lint | undefined) => lint?.fix?.edits[0];

describe('pictures and captions brought together', () => {
  it('by x.txt before x.caption before metadata, and by deeper metadata before what stands above it', async () => {
    const files = { 's/a.png': null, 's/a.txt': 'text', 's/a.caption': 'caption', 's/metadata.jsonl': line('a.png', 'deep'), 'metadata.jsonl': line('s/a.png', 'high') };
    const chosen: unknown[] = [];
    for (const gone of ['s/a.txt', 's/a.caption', 's/metadata.jsonl', 'metadata.jsonl']) {
      const dataset = await memoryDataset(files);
      chosen.push([dataset.entries[0]?.caption, dataset.problems.filter(({ code }) => code === 'two-captions').length]);
      delete (files as Record<string, unknown>)[gone];
    }
    assert.deepEqual(chosen, [['text', 3], ['caption', 2], ['deep', 1], ['high', 0]]);
    assert.deepEqual(captions(await memoryDataset(files)), { 's/a.png': null });
  });

  it('whatever the order in which their files were read', async () => {
    const files = { 'a.png': null, 'a.txt': 'text', 'a.caption': 'caption', 'metadata.jsonl': line('a.png', 'line') };
    const dataset = await memoryDataset(files);
    const backwards = await assembleDataset({ ...dataset, texts: new Map([...dataset.texts].reverse()) });
    assert.deepEqual([backwards.entries, backwards.problems], [dataset.entries, dataset.problems]);
  });

  it('say of a second caption whether it is another, and where the first is', async () => {
    const { problems } = await memoryDataset({ 'a.png': null, 'metadata.jsonl': line('b.png', 'x') + line('a.png', 'cat') + line('a.png', 'cat') + line('a.png', 'dog'), 'b.png': null });
    assert.deepEqual(problems.map(({ severity, message, where, related }) => [severity, message, where.range?.from.line, related?.[0]?.range?.from.line]), [
      ['information', 'a.png already has this caption, in metadata.jsonl line 2; this one is not used', 2, 1],
      ['warning', 'a.png already has another caption, in metadata.jsonl line 2; this one is not used', 3, 1],
    ]);
    const texts = await memoryDataset({ 'a.png': null, 'a.txt': 'cat', 'a.caption': 'dog' });
    assert.deepEqual(texts.problems.map(({ message, where }) => [message, where.file]), [['a.png already has another caption, in a.txt; this one is not used', 'a.caption']]);
  });

  it('prefer a caption that says something; of empty ones the first is the place to write', async () => {
    const full = await memoryDataset({ 'a.png': null, 'a.txt': ' \n', 'a.caption': 'cat' });
    assert.deepEqual([captions(full), full.entries[0]?.source?.file, full.counts], [{ 'a.png': 'cat' }, 'a.caption', { pictures: 1, captions: 1, without: 0, orphans: 0 }]);
    const empty = await memoryDataset({ 'a.png': null, 'a.txt': '', 'a.caption': '' });
    assert.deepEqual([captions(empty), empty.entries[0]?.source?.file, empty.counts], [{ 'a.png': '' }, 'a.txt', { pictures: 1, captions: 0, without: 1, orphans: 0 }]);
  });

  it('share a text between pictures of one name, and go by the exact name where only case differs', async () => {
    assert.deepEqual(captions(await memoryDataset({ 'a.jpg': null, 'a.png': null, 'a.txt': 'both' })), { 'a.jpg': 'both', 'a.png': 'both' });
    const cases = await memoryDataset({ 'A.png': null, 'a.PNG': null, 'A.txt': 'large', 'a.txt': 'small', 'metadata.jsonl': line('A.PNG', 'x') });
    assert.deepEqual(captions(cases), { 'A.png': 'large', 'a.PNG': 'small' });
    assert.deepEqual(cases.problems.map(({ message }) => message), ['there is no picture A.PNG; mend the name or remove the line']);
  });

  it('find a name in whichever form its accents are stored, and the exact form first', async () => {
    const [one, two] = ['caf\u00e9', 'cafe\u0301'];
    for (const [picture, named] of [[one, two], [two, one]] as const) {
      const beside = await memoryDataset({ [`${picture}.png`]: null, [`${named}.txt`]: 'a' });
      assert.deepEqual([captions(beside), beside.counts.orphans], [{ [`${picture}.png`]: 'a' }, 0]);
      const lines = await memoryDataset({ [`s/${picture}.png`]: null, 'metadata.jsonl': line(`s/${named}.png`, 'b') });
      assert.deepEqual([captions(lines), lines.problems], [{ [`s/${picture}.png`]: 'b' }, []]);
    }
    const both = await memoryDataset({ [`${one}.png`]: null, [`${two}.png`]: null, [`${one}.txt`]: 'one', [`${two}.txt`]: 'two', 'metadata.jsonl': line(`${one}.png`, 'one') + line(`${two}.png`, 'two') });
    assert.deepEqual(captions(both), { [`${one}.png`]: 'one', [`${two}.png`]: 'two' });
    assert.deepEqual(both.problems.map(({ severity }) => severity), ['information', 'information']);
  });

  it('follow a name through folders, and never out of the dataset', async () => {
    const names = ['../a.png', './/x/../b.png', '../../a.png', '/a.png', 'C:\\a.png', '\\\\host\\a.png', 'x/../../../set/a.png', 'https://a.png', '../s'];
    const dataset = await memoryDataset({ 'a.png': null, 's/b.png': null, 's/metadata.jsonl': names.map((name) => line(name, name)).join('') });
    assert.deepEqual(captions(dataset), { 'a.png': '../a.png', 's/b.png': './/x/../b.png' });
    assert.deepEqual(dataset.problems.map(({ code, where }) => `${code} ${where.range?.from.line}`), ['outside-folder 2', 'outside-folder 3', 'outside-folder 4', 'outside-folder 5', 'outside-folder 6', 'outside-folder 7', 'caption-without-picture 8']);
    assert.equal(dataset.counts.orphans, 7);
  });

  it('tell of every text that captions nothing, with the move that is meant', async () => {
    const orphan = async (files: Record<string, string | null>) => (await memoryDataset(files)).problems[0];
    assert.deepEqual(move(await orphan({ 'a.png': null, 'a.png.txt': 'x' })), { kind: 'rename', file: 'a.png.txt', to: 'a.txt' });
    assert.deepEqual(move(await orphan({ 'x/a.png': null, 'x/labels/a.caption': 'x' })), { kind: 'rename', file: 'x/labels/a.caption', to: 'x/a.caption' });
    assert.deepEqual(move(await orphan({ 'x/images/a.png': null, 'x/labels/a.txt': 'x' })), { kind: 'rename', file: 'x/labels/a.txt', to: 'x/images/a.txt' });
    assert.equal(move(await orphan({ 'a.png': null, 'other.txt': 'x' })), undefined);
    // Where a caption lies already, nothing may be moved over it.
    assert.equal(move(await orphan({ 'a.png': null, 'a.txt': 'mine', 'a.png.txt': 'x' })), undefined);
    assert.match((await orphan({ 'a.png': null, 'other.txt': 'x' }))?.message ?? '', /^no picture beside it is called other\.png, \.jpg or \.webp, so this caption is not used$/);
  });

  it('leave alone what is no caption, and tell of files that look like part of the set', async () => {
    const dataset = await memoryDataset({ 'a.png': null, 'README.txt': 'x', 's/licence.TXT': 'x', 'requirements.txt': 'x', 'script.py': null, 'metadata.json': null, 's/Metadata.CSV': null, 'b.gif': null, 'c.HEIC': null, '.png': null, 'xmetadata.csv': null });
    assert.deepEqual(codes(dataset), ['unsupported-file b.gif', 'unsupported-file c.HEIC', 'unsupported-file metadata.json', 'unsupported-file s/Metadata.CSV']);
    assert.deepEqual([captions(dataset), dataset.counts.orphans], [{ 'a.png': null }, 0]);
    // But a picture of that name may have its caption.
    assert.deepEqual(captions(await memoryDataset({ 'readme.png': null, 'readme.txt': 'a manual' })), { 'readme.png': 'a manual' });
  });

  it('keep the remarks of listing and reading, and the order: those first, orphans last', async () => {
    const dataset = await memoryDataset({ 'a.png': null, 'lost.txt': 'x', 'z.gif': null, 'metadata.jsonl': '5\n' });
    const refused: Lint = { code: 'outside-folder', severity: 'error', message: 'a link', where: { file: 'link.png' } };
    assert.deepEqual(codes(await assembleDataset({ ...dataset, refused: [refused] })), ['outside-folder link.png', 'unsupported-file z.gif', 'metadata-line metadata.jsonl', 'caption-without-picture lost.txt']);
  });
});

describe('a dataset after one caption file changed', () => {
  it('is what reading all of it would give', async () => {
    const files: Record<string, string | null> = { 'a.png': null, 'a.txt': 'cat', 'b.png': null, 'metadata.jsonl': line('b.png', 'dog') };
    let dataset = await memoryDataset(files);
    for (const [file, text] of [['a.txt', 'new'], ['b.txt', 'made'], ['a.txt', null], ['metadata.jsonl', line('a.png', 'line')], ['none.txt', null], ['0.txt', 'first']] as const) {
      dataset = await withCaptionText(dataset, file, text);
      if (text === null) delete files[file];
      else files[file] = text;
      const whole = await memoryDataset(files);
      assert.deepEqual({ ...dataset, texts: new Map([...dataset.texts].sort()) }, { ...whole, texts: new Map([...whole.texts].sort()) });
    }
  });

  it('leaves the dataset before as it was, and stops when aborted', async () => {
    const before = await memoryDataset({ 'a.png': null, 'a.txt': 'cat' });
    await withCaptionText(before, 'a.txt', 'dog');
    assert.deepEqual([captions(before), before.texts.get('a.txt')], [{ 'a.png': 'cat' }, await readCaptionFile('a.txt', 'cat')]);
    const many = Array.from({ length: 20_000 }, (_, index) => line(`${index}.png`, 'x')).join('');
    await assert.rejects(withCaptionText(before, 'metadata.jsonl', many, AbortSignal.abort()), { name: 'AbortError' });
  });
});

describe('parts of a relative path', () => {
  it('are its folder, its name and what stands before its extension', () => {
    assert.deepEqual(['a.b/c.d.png', 'a.png', 'x/a'].map((path) => [folderOf(path), nameOf(path)]), [['a.b', 'c.d.png'], ['', 'a.png'], ['x', 'a']]);
    assert.deepEqual(['a.b/c.d.png', 'a.png'].map(withoutExtension), ['a.b/c.d', 'a']);
  });
});
