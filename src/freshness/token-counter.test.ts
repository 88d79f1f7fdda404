import assert from 'node:assert/strict';
import { embeddedModelFolder } from '../models';
import { parse, expand, type GenerateRequest } from '../prompt';
import { TokenCounter } from './token-counter';

const model = embeddedModelFolder() ?? '';
const requests = (text: string): GenerateRequest[] => {
  const prompt = parse(text, { fileName: 'icons.t2i', language: 't2i' });
  const [block] = prompt.blocks;
  assert.ok(block);
  const defaults = { width: 64, height: 64, steps: 20, guidanceScale: 3 };
  return expand(prompt, block, {
    root: '/w', directory: '/w', fileStem: 'icons', seed: () => '1', wildcards: () => undefined, adapter: () => undefined, picture: () => undefined,
    model: () => ({ reference: { id: 'icon-64', path: model }, defaults }),
  }).requests;
};

describe('tokens that a model reads', () => {
  const counter = new TokenCounter();

  it('are all of a short prompt, whatever its weights', async () => {
    const plain = await counter.longest(requests('# heart\na red heart icon on a blue circle'));
    const weighted = await counter.longest(requests('# heart\n((a red heart:1.3)) [icon:badge:0.5] on a blue circle\nNegative prompt:'));
    assert.deepEqual(plain.map(({ part, encoder, chunks, over }) => [part, encoder, chunks, over]), [['prompt', 'tokenizer', 1, 0]]);
    assert.deepEqual(weighted.map(({ part, over }) => [part, over]), [['prompt', 0]]);
    assert.ok(plain[0]!.tokens > 0 && weighted[0]!.tokens >= plain[0]!.tokens, `${plain[0]!.tokens}, ${weighted[0]!.tokens}`);
  });

  it('are counted with the model\'s own tokenizer, in prompt and negative prompt', async () => {
    const long = Array.from({ length: 60 }, () => 'heart').join(' ');
    const found = await counter.longest(requests(`# heart\n${long}\nNegative prompt: ${long} star`));
    assert.deepEqual(found.map(({ part }) => part), ['prompt', 'negative']);
    for (const { tokens, limit, over } of found) {
      assert.equal(over, tokens - limit);
      assert.ok(limit <= 32 && limit >= 30, `the limit is ${limit}`);
      assert.ok(tokens >= 60, `${tokens} tokens`);
    }
  });

  it('say which model cannot be asked', async () => {
    const [request] = requests('# heart\nheart');
    assert.ok(request);
    await assert.rejects(new TokenCounter().longest([{ ...request, model: { id: 'gone', path: '/nowhere' } }]), /nowhere/);
  });
});
