import assert from 'node:assert/strict';
import { assembleDataset } from './assemble-dataset';
import type { Lint } from './lint';
import { lintCaptions } from './lint-captions';
import { memoryDataset } from './test-support';
import { TimeSlice } from './time-slice';

const slice = new TimeSlice();
const set = (captions: readonly string[]) => memoryDataset(Object.fromEntries(captions.flatMap((caption, index) => [[`${index}.png`, null], [`${index}.txt`, caption]])));
const lint = async (captions: readonly string[], options: Parameters<typeof lintCaptions>[1] = {}) => lintCaptions(await set(captions), options, slice);
const short = ({ code, message, where, related }: Lint) => [code, message, where.file, related?.[0]?.file];
const words = (text: string) => text.split(/\s+/).filter(Boolean).length;

describe('lints of captions', () => {
  it('tell a picture without a caption from one whose caption is empty', async () => {
    const lints = await lintCaptions(await memoryDataset({ 'a.png': null, 's/b.png': null, 's/b.txt': '\n', 'c.png': null, 'metadata.jsonl': '{"file_name": "c.png"}\n' }), {}, slice);
    assert.deepEqual(lints.map(short), [
      ['picture-without-caption', 'a.png has no caption; write one in metadata.jsonl', 'a.png', undefined],
      ['empty-caption', 'the caption of c.png is empty; say what the picture shows', 'metadata.jsonl', 'c.png'],
      ['empty-caption', 'the caption of s/b.png is empty; say what the picture shows', 's/b.txt', 's/b.png'],
    ]);
    assert.deepEqual(lints[0]?.fix, { title: 'Add a Line to metadata.jsonl', edits: [{ kind: 'replace', file: 'metadata.jsonl', span: { start: 23, end: 23 }, newText: '{"file_name": "a.png", "text": ""}\n' }] });
  });

  it('offer to create the file, but never over one that could not be read', async () => {
    const dataset = await memoryDataset({ 's/a.png': null, 's/a.txt': 'version https://git-lfs.github.com/spec/v1\n', 'b.png': null });
    const lints = await lintCaptions(dataset, {}, slice);
    assert.deepEqual(lints.map(({ message, fix }) => [message, fix]), [
      ['b.png has no caption; write one in b.txt', { title: 'Create b.txt', edits: [{ kind: 'create', file: 'b.txt', text: '' }] }],
      ['s/a.txt is there and cannot be read, so s/a.png gets no caption; mend or delete that file first', undefined],
    ]);
    const link: Lint = { code: 'outside-folder', severity: 'error', message: 'b.txt is a link out', where: { file: 'b.txt' } };
    assert.equal((await lintCaptions(await assembleDataset({ ...dataset, refused: [link] }), {}, slice))[0]?.fix, undefined);
  });

  it('count tokens only where a limit is known, and mark from the first word that does not fit', async () => {
    assert.deepEqual(await lint(['one two three'], { countTokens: words }), []);
    assert.deepEqual(await lint(['one two three'], { maxTokens: 1 }), []);
    assert.deepEqual(await lint(['one two three'], { countTokens: words, maxTokens: 3 }), []);
    const found = await lint(['ok', 'one  two\n three'], { countTokens: words, maxTokens: 2 });
    assert.deepEqual(found.map(({ code, message, where }) => [code, message, where.range]), [['caption-too-long', '3 tokens, and the model reads 2; shorten the caption by 1', { start: 10, end: 15, from: { line: 1, character: 1 }, to: { line: 1, character: 6 } }]]);
    const first = await lint(['abcdef gh'], { countTokens: (text) => text.length, maxTokens: 4 });
    assert.deepEqual(first[0]?.where.range?.start, 0);
  });

  it('find one caption again whatever its case, its spaces and the form of its accents', async () => {
    const found = await lint(['A caf\u00e9', 'a\n cafe\u0301', 'another', 'a CAF\u00c9']);
    assert.deepEqual(found.map(short), [
      ['duplicate-caption', 'the same caption as 1.png and 1 more; say what tells them apart', '0.txt', '1.txt'],
      ['duplicate-caption', 'the same caption as 0.png and 1 more; say what tells them apart', '1.txt', '0.txt'],
      ['duplicate-caption', 'the same caption as 0.png and 1 more; say what tells them apart', '3.txt', '0.txt'],
    ]);
    assert.deepEqual((await lint(['a cat', 'a cat'])).map(({ message, severity }) => [message, severity]), [['the same caption as 1.png; say what tells them apart', 'information'], ['the same caption as 0.png; say what tells them apart', 'information']]);
    assert.deepEqual(await lint(['', '']).then((lints) => lints.map(({ code }) => code)), ['empty-caption', 'empty-caption']);
  });

  it('tell lines of one metadata file apart, and one text of two pictures not', async () => {
    const twice = await memoryDataset({ 'a.png': null, 'b.png': null, 'metadata.jsonl': '{"file_name": "a.png", "text": "cat"}\n{"file_name": "b.png", "text": "cat"}\n' });
    assert.deepEqual((await lintCaptions(twice, {}, slice)).map(({ where }) => where.range?.from.line), [0, 1]);
    assert.deepEqual(await lintCaptions(await memoryDataset({ 'a.png': null, 'a.jpg': null, 'a.txt': 'cat' }), {}, slice), []);
  });

  it('mend a typo in its own case, and in a line of metadata as JSON', async () => {
    const frequent = Array.from({ length: 8 }, (_, index) => `a circle ${'abcdefgh'[index]}`);
    const fixes = async (captions: readonly string[]) => (await lint([...frequent, ...captions])).map(({ message, fix }) => [message, fix?.title, fix?.edits]);
    assert.deepEqual(await fixes(['the cirlce', 'CIRLCE and Cirlce']), [
      ['“cirlce” occurs twice, “circle” in 8 captions; is that what you mean?', 'Change to “circle”', [{ kind: 'replace', file: '8.txt', span: at(4, 10), newText: 'circle' }]],
      ['“CIRLCE” occurs twice, “circle” in 8 captions; is that what you mean?', 'Change to “CIRCLE”', [{ kind: 'replace', file: '9.txt', span: at(0, 6), newText: 'CIRCLE' }]],
      ['“Cirlce” occurs twice, “circle” in 8 captions; is that what you mean?', 'Change to “Circle”', [{ kind: 'replace', file: '9.txt', span: at(11, 17), newText: 'Circle' }]],
    ]);
    const lines = [...frequent, 'a \\u0063irlce'].map((text, index) => `{"file_name": "${index}.png", "text": "${text}"}\n`).join('');
    const metadata = await lintCaptions(await memoryDataset({ ...Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`${index}.png`, null])), 'metadata.jsonl': lines }), {}, slice);
    const edit = metadata[0]?.fix?.edits[0];
    assert.ok(edit?.kind === 'replace' && metadata.length === 1);
    assert.equal(lines.slice(edit.span.start, edit.span.end), '\\u0063irlce');
    assert.match(metadata[0]?.message ?? '', /^“cirlce” occurs once, /);
  });

  it('stop when aborted', async () => {
    const many = await set(Array.from({ length: 3000 }, (_, index) => `a caption of many words, all the same but for ${index.toString(26).replace(/\d/g, 'x')}`));
    await assert.rejects(lintCaptions(many, {}, new TimeSlice(AbortSignal.abort())), { name: 'AbortError' });
  });
});

function at(start: number, end: number) {
  return { start, end, from: { line: 0, character: start }, to: { line: 0, character: end } };
}
