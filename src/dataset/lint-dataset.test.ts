import assert from 'node:assert/strict';
import { join } from 'node:path';
import fc from 'fast-check';
import { DatasetError, fingerprintDataset, formatCounts, lintDataset, readDataset, type Lint, type LintCode, type PictureInfo } from './index';
import { isOneEdit, likelyTypos } from './typos';
import { readPictureInfo } from './pictures';
import { memoryDataset as memory } from './test-support';

const EXAMPLE = join(__dirname, '../../examples/icons-dataset');

const only = (lints: readonly Lint[], code: LintCode) => lints.filter((lint) => lint.code === code);
const pictures = (captions: readonly string[]) => memory(Object.fromEntries(captions.flatMap((caption, index) => [[`${index}.png`, null], [`${index}.txt`, caption]])));
const part = (text: string, lint: Lint | undefined) => text.slice(lint?.where.range?.start, lint?.where.range?.end);
const words = (text: string) => text.split(/\s+/).filter(Boolean).length;

describe('lints of a dataset', () => {
  it('finds the three mistakes of the example, and nothing else', async () => {
    const dataset = await readDataset(EXAMPLE);
    assert.equal(formatCounts(dataset.counts), '24 pictures, 23 captions, 1 without');
    const lints = await lintDataset(dataset, { readInfo: readPictureInfo });
    assert.deepEqual(lints.map(({ code, where }) => `${code} ${where.file}`), [
      'empty-caption shapes/cross-4.txt',
      'duplicate-caption shapes/star-1.txt',
      'duplicate-caption shapes/star-2.txt',
      'likely-typo shapes/circle-3.txt',
    ]);
    assert.equal(lints[3]?.fix?.title, 'Change to “circle”');
  });

  it('offers a place for a caption where the others lie', async () => {
    const edits = async (files: Record<string, string | null>) => only(await lintDataset(await memory(files)), 'picture-without-caption').map(({ fix }) => fix?.edits[0]);
    assert.deepEqual(await edits({ 'a.png': null, 'a.txt': 'x', 'b.png': null }), [{ kind: 'create', file: 'b.txt', text: '' }]);
    assert.deepEqual(await edits({ 'a.png': null, 'a.caption': 'x', 'b.png': null }), [{ kind: 'create', file: 'b.caption', text: '' }]);
    const text = '{"file_name": "a.png", "text": "x"}';
    assert.deepEqual(await edits({ 's/a.png': null, 's/metadata.jsonl': text, 's/b.png': null }), [
      { kind: 'replace', file: 's/metadata.jsonl', span: { start: text.length, end: text.length }, newText: '\n{"file_name": "b.png", "text": ""}\n' },
    ]);
  });

  it('underlines what the tokenizer leaves unread', async () => {
    const caption = 'one two three four five';
    const lints = await lintDataset(await pictures([`  ${caption}\n`, 'one two three']), { countTokens: words, maxTokens: 3 });
    const [long, ...others] = only(lints, 'caption-too-long');
    assert.deepEqual(others, []);
    assert.equal(part(`  ${caption}\n`, long), 'four five');
    assert.match(long?.message ?? '', /^5 tokens, and the model reads 3; shorten the caption by 2$/);
  });

  it('names captions that are the same but for case and spacing', async () => {
    const found = only(await lintDataset(await pictures(['A cat', 'a  cat', 'a dog', 'a cat'])), 'duplicate-caption');
    assert.deepEqual(found.map(({ where }) => where.file), ['0.txt', '1.txt', '3.txt']);
    assert.match(found[1]?.message ?? '', /^the same caption as 0\.png and 1 more; /);
  });

  it('does not call one text of two pictures a duplicate', async () => {
    assert.deepEqual(await lintDataset(await memory({ 'a.png': null, 'a.jpg': null, 'a.txt': 'a cat' })), []);
  });

  it('takes a rare word one edit from a frequent one for a typo, with its fix in the same case', async () => {
    const set = [...Array.from({ length: 8 }, (_, index) => `a yellow circle, number ${index}`), 'A yellow Cirlce', 'two yellow circles', 'a yellowy thing', 'a mellow thing'];
    const typos = only(await lintDataset(await pictures(set)), 'likely-typo');
    assert.deepEqual(typos.map((lint) => part('A yellow Cirlce', lint)), ['Cirlce']);
    assert.deepEqual(typos[0]?.fix?.edits.map((edit) => edit.kind === 'replace' && edit.newText), ['Circle']);
    const known = only(await lintDataset(await pictures(set), { countTokens: words }), 'likely-typo');
    assert.deepEqual(known, [], 'a tokenizer that has the word as one id clears it');
  });

  it('finds every typo that comparing all words would', async () => {
    const word = fc.stringMatching(/^[abc]{3,6}$/);
    await fc.assert(fc.asyncProperty(fc.dictionary(word, fc.constantFrom(1, 2, 9), { maxKeys: 40 }), async (object) => {
      const counts = new Map(Object.entries(object));
      const found = await likelyTypos(counts);
      for (const [rare, count] of counts) {
        const near = [...counts].some(([other, often]) => count <= 2 && rare.length >= 4 && often >= 9 && isOneEdit(rare, other));
        assert.equal(found.has(rare), near, rare);
      }
    }));
  });

  it('judges pictures by what a reader says of them', async () => {
    const look = { hash: { high: 0, low: 0 }, sample: new Uint8Array(192) };
    const sizes: Record<string, [number, number]> = { '0.png': [64, 64], '1.png': [63, 100], '2.png': [100, 301], '3.png': [300, 100] };
    const readInfo = async (path: string): Promise<PictureInfo> => {
      const size = sizes[path.split(/[\\/]/).at(-1)!];
      if (!size) throw new DatasetError(`cannot read the picture ${path}`);
      return { width: size[0], height: size[1], ...look, hash: { high: 0, low: size[0] === 63 ? 0xffff : size[1] === 301 ? 0xffff0000 : 0 } };
    };
    const lints = await lintDataset(await pictures(['a', 'b', 'c', 'd', 'e']), { readInfo });
    assert.deepEqual(lints.map(({ code, where }) => `${code} ${where.file}`), ['tiny-picture 1.png', 'extreme-aspect 2.png', 'unreadable-picture 4.png', 'near-duplicate-pictures 0.png', 'near-duplicate-pictures 3.png']);
    await assert.rejects(lintDataset(await pictures(['a']), { readInfo, signal: AbortSignal.abort() }), { name: 'AbortError' });
  });
});

describe('a fingerprint', () => {
  const hashFile = async (path: string) => path.replaceAll('\\', '/');
  const of = async (files: Record<string, string | null>) => fingerprintDataset(await memory(files), { hashFile });
  const text = { 'a.png': null, 'a.txt': 'a\ncat', 'b.png': null };

  it('does not depend on line ends or on where a caption is stored', async () => {
    const print = await of(text);
    assert.match(print, /^[0-9a-f]{64}$/);
    assert.equal(await of({ ...text, 'a.txt': 'a\r\ncat\r\n' }), print);
    assert.equal(await of({ 'a.png': null, 'b.png': null, 'metadata.jsonl': '{"file_name": "a.png", "text": "a\\ncat"}' }), print);
  });

  it('changes with a caption, a name and a picture', async () => {
    const prints = [await of(text), await of({ ...text, 'a.txt': 'a cat' }), await of({ ...text, 'b.txt': '' }), await of({ 'a.png': null, 'a.txt': 'a\ncat', 'c.png': null }), await fingerprintDataset(await memory(text), { hashFile: async () => '0' })];
    assert.equal(new Set(prints).size, prints.length);
  });

  it('is of the files on the disk, and says which cannot be read', async () => {
    const dataset = await readDataset(EXAMPLE);
    assert.equal(await fingerprintDataset(dataset, { readers: 1 }), await fingerprintDataset(dataset, { readers: 7 }));
    await assert.rejects(fingerprintDataset(await memory({ 'a.png': null })), (error: Error) => error instanceof DatasetError && error.message.includes('a.png'));
  });
});
