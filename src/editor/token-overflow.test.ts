import assert from 'node:assert/strict';
import { embeddedModelFolder } from '../models';
import { parse, expand, type GenerateRequest } from '../prompt';
import { TokenOverflow } from './token-overflow';

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

describe('tokens that a model does not read', () => {
  const counter = new TokenOverflow();

  it('are none in a short prompt, whatever its weights', async () => {
    assert.deepEqual(await counter.of(requests('# heart\n((a red heart:1.3)) [icon:badge:0.5] on a blue circle')), []);
  });

  it('are counted with the model\'s own tokenizer, in prompt and negative prompt', async () => {
    const long = Array.from({ length: 60 }, () => 'heart').join(' ');
    const found = await counter.of(requests(`# heart\n${long}\nNegative prompt: ${long} star`));
    assert.deepEqual(found.map(({ part }) => part), ['prompt', 'negative']);
    for (const { tokens, limit } of found) {
      assert.ok(limit <= 32 && limit >= 30, `the limit is ${limit}`);
      assert.ok(tokens >= 60, `${tokens} tokens`);
    }
  });

  it('say which model cannot be asked', async () => {
    const [request] = requests('# heart\nheart');
    assert.ok(request);
    await assert.rejects(new TokenOverflow().of([{ ...request, model: { id: 'gone', path: '/nowhere' } }]), /nowhere/);
  });
});
