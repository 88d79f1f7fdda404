import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { Aligned } from './aligned';
import { BytePairs } from './byte-pairs';
import { loadTokenizer, TokenizerError } from './index';

const fixture = (name: string) => loadTokenizer(fileURLToPath(new URL(`../../test/fixtures/tokenizers/${name}`, import.meta.url)));

async function withFolder(files: Record<string, string>, check: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'tokenizer-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
    await check(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

describe('a CLIP tokenizer', () => {
  it('lowers characters one by one, so a sigma at a word\'s end stays what it is', async () => {
    const clip = await fixture('clip');
    assert.deepEqual(clip.encode('ΣΑΣ'), clip.encode('σασ'));
    assert.notDeepEqual(clip.encode('ΣΑΣ'), clip.encode('σας'));
  });

  it('takes the second tokenizer\'s padding for a special token wherever it stands', async () => {
    const [first, second] = [await fixture('clip'), await fixture('clip-2')];
    assert.equal(second.padId, 0);
    assert.equal(second.encode('wow!!').filter((id) => id === 0).length, 2);
    assert.equal(first.encode('wow!!').filter((id) => id === 0).length, 0);
  });

  it('knows its ends and length, and makes nothing of nothing', async () => {
    const clip = await fixture('clip');
    assert.deepEqual([clip.kind, clip.maxLength, clip.padId], ['clip', 77, clip.eosId]);
    assert.deepEqual(clip.encode(''), []);
    assert.deepEqual(clip.encode(' \n\t'), []);
  });

  it('says which part of the text each id stands for', async () => {
    const clip = await fixture('clip');
    const text = 'A  Red HEART é!';
    const parts = clip.spans!(text).map(({ start, end }) => text.slice(start, end));
    assert.equal(parts.join(''), 'ARedHEARTéé!'.replace('éé', parts.filter((part) => part === 'é').join('')));
    assert.ok(!parts.includes(' '));
  });
});

describe('every tokenizer', () => {
  it('encodes any text without throwing, and its spans are in the text and as many as its ids', async () => {
    for (const name of ['clip', 'clip-2', 't5', 'bpe']) {
      const tokenizer = await fixture(name);
      fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const ids = tokenizer.encode(text);
        const spans = tokenizer.spans!(text);
        assert.deepEqual(spans.map(({ id }) => id), ids);
        for (const { start, end } of spans) assert.ok(start >= 0 && start <= end && end <= text.length);
      }), { numRuns: 60 });
    }
  });

  it('reads a word of 200,000 letters in time that does not grow with its square', async () => {
    for (const name of ['clip', 't5', 'bpe']) assert.ok((await fixture(name)).count('abcdefghij'.repeat(20_000)) > 1000);
  }).timeout(30_000);
});

describe('a tokenizer folder', () => {
  it('without vocabulary is refused with its name', async () => {
    await withFolder({}, (dir) => assert.rejects(loadTokenizer(dir), (error: Error) => error instanceof TokenizerError && error.message.includes(dir)));
  });

  it('with broken JSON is refused with the file\'s name', async () => {
    await withFolder({ 'tokenizer.json': '{"model":' }, (dir) => assert.rejects(loadTokenizer(dir), /tokenizer\.json is not JSON/));
    await withFolder({ 'vocab.json': '{"a": "x"}', 'merges.txt': '' }, (dir) => assert.rejects(loadTokenizer(dir), /vocab\.json: a is wrong/));
  });

  it('of a kind without rules of ours goes to the library', async () => {
    const json = {
      added_tokens: [], normalizer: { type: 'Lowercase' }, pre_tokenizer: { type: 'Whitespace' }, post_processor: null, decoder: null,
      model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab: { '[UNK]': 0, red: 1, heart: 2, '##s': 3 } },
    };
    await withFolder({ 'tokenizer.json': JSON.stringify(json) }, async (dir) => assert.deepEqual((await loadTokenizer(dir)).encode('Red hearts'), [1, 2, 3]));
  });
});

describe('byte pairs', () => {
  const model = (merges: string[], ids: string[]) => ({
    vocabulary: new Map(ids.map((text, id) => [text, id])),
    ranks: new Map(merges.map((merge, rank) => [merge, rank])),
    wordEnd: '', unknownId: null, ignoreMerges: false,
  });

  it('are joined by rank, the leftmost of equals first', () => {
    const pairs = new BytePairs(model(['b c', 'a b', 'a a'], ['a', 'b', 'c', 'bc', 'ab', 'aa']));
    assert.deepEqual(pairs.encode('abc').map(({ id }) => id), [0, 3]);
    assert.deepEqual(pairs.encode('aaa').map(({ id }) => id), [5, 0]);
  });

  it('cover the bytes of the word', () => {
    const pairs = new BytePairs(model(['a b'], ['a', 'b', 'ab']));
    assert.deepEqual(pairs.encode('aab'), [{ id: 0, start: 0, end: 1 }, { id: 2, start: 1, end: 3 }]);
  });
});

describe('aligned text', () => {
  it('knows through several edits where its parts came from', () => {
    const text = Aligned.of('xAAyBz').replace(/A+/g, () => 'long').replace(/[BZ]/gi, (match) => match + match);
    assert.equal(text.text, 'xlongyBBzz');
    assert.deepEqual(text.span(1, 5), { start: 1, end: 3 });
    assert.deepEqual(text.span(6, 8), { start: 4, end: 5 });
    assert.deepEqual(text.slice(6, 10).span(2, 4), { start: 5, end: 6 });
    assert.deepEqual(text.slice(6, 10).prepend(' ').span(0, 1), { start: 4, end: 4 });
  });
});
