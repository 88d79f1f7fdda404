/** Our tokenizers against transformers' on 10,000 strings; the reference is made by recipes/conformance/token_ids.py. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadTokenizer } from '../../src/tokenizer/index';
import { fnv, strings } from './strings';

interface Reference {
  /** Base64 of a little-endian uint32 per string. */
  hashes: string;
  first: number[][];
  bos: number | null;
  eos: number | null;
  pad: number | null;
}

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const data = JSON.parse(readFileSync(path('./data/tokenizers.json'), 'utf8')) as { textHash: number } & Record<'clip' | 'clip-2' | 't5' | 'bpe', Reference>;

describe('tokenizers give the ids of transformers', function () {
  this.timeout(120_000); // ten thousand strings, on a busy machine
  const texts = strings();

  it('to the same strings', () => {
    assert.equal(fnv(texts.flatMap((text) => Array.from(`${text}\n`, (character) => character.codePointAt(0)!))), data.textHash);
  });

  for (const name of ['clip', 'clip-2', 't5', 'bpe'] as const) {
    it(`for ${name}, all 10,000`, async () => {
      const tokenizer = await loadTokenizer(path(`../fixtures/tokenizers/${name}`));
      const reference = data[name];
      assert.deepEqual([tokenizer.bosId, tokenizer.eosId, tokenizer.padId], [reference.bos, reference.eos, reference.pad]);
      reference.first.forEach((ids, i) => assert.deepEqual(tokenizer.encode(texts[i]!), ids, JSON.stringify(texts[i])));
      const bytes = Buffer.from(reference.hashes, 'base64');
      const different = texts.filter((text, i) => fnv(tokenizer.encode(text)) !== bytes.readUInt32LE(4 * i));
      assert.equal(different.length, 0, `${different.length} differ, the first of them ${JSON.stringify(different[0])}`);
    });

    it(`for ${name}, and counts and places agree with them`, async () => {
      const tokenizer = await loadTokenizer(path(`../fixtures/tokenizers/${name}`));
      for (const text of texts.slice(0, 500)) {
        const ids = tokenizer.encode(text);
        assert.equal(tokenizer.count(text), ids.length);
        const spans = tokenizer.spans?.(text) ?? [];
        if (tokenizer.spans) assert.deepEqual(spans.map(({ id }) => id), ids);
        let last = 0;
        for (const { start, end } of spans) {
          assert.ok(start <= end && end <= text.length && start >= last - 20, `span ${start}–${end} in ${JSON.stringify(text)}`);
          last = Math.max(last, start);
        }
      }
    });
  }
});
