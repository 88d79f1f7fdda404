import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SoftTokens } from '../../adapters';
import { wave, writeLora } from '../../adapters/test-support/lora';
import { testTokens, writeTestTokens } from '../../adapters/test-support/soft-tokens';
import { tinyRequest } from '../test-support/tiny-request';
import { Pipelines } from './pipelines';
import { requestedAdapters } from './requested-adapters';

describe('soft tokens in a drawing', () => {
  const pipelines = new Pipelines({ threads: 1 });
  let folder: string;
  let adapter: (name: string, weight: number) => { id: string; path: string; weight: number };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-soft-'));
    await writeTestTokens(join(folder, 'crisp.safetensors'), { soft: testTokens({ value: Math.sin }) });
    await writeTestTokens(join(folder, 'other.safetensors'), { soft: testTokens({ count: 1, value: Math.cos }) });
    adapter = (id, weight) => ({ id, path: join(folder, `${id}.safetensors`), weight });
  });
  after(async () => {
    await pipelines.dispose();
    await rm(folder, { recursive: true });
  });
  const draw = (more: Parameters<typeof tinyRequest>[0]) => pipelines.draw(tinyRequest({ steps: 2, guidanceScale: 3, ...more }));
  const base = { prompt: 'red', negativePrompt: 'blue' };

  it('change the picture; strength 0 is the base, byte for byte', async () => {
    const plain = await draw(base);
    const with1 = await draw({ prompt: 'red <crisp>', negativePrompt: 'blue', adapters: [adapter('crisp', 1)] });
    const with0 = await draw({ prompt: 'red <crisp>', negativePrompt: 'blue', adapters: [adapter('crisp', 0)] });
    assert.notDeepEqual(with1.latents, plain.latents);
    assert.deepEqual(with0.latents, plain.latents);
  });

  it('act in the branch where they stand', async () => {
    const adapters = [adapter('crisp', 1)];
    const both = await draw({ prompt: 'red <crisp>', negativePrompt: 'blue <crisp>', adapters });
    const prompt = await draw({ prompt: '<crisp>, red', negativePrompt: 'blue', adapters });
    const negative = await draw({ prompt: 'red', negativePrompt: 'blue, <crisp>', adapters });
    const latents = [both, prompt, negative].map((drawing) => drawing.latents.join());
    assert.equal(new Set(latents).size, 3);
    const lora = await draw({ ...base, adapters });
    assert.deepEqual(lora.latents, prompt.latents, 'a <lora:crisp>, which leaves no name in the text');
  });

  it('of little strength change little: the picture goes to the base with w', async () => {
    const plain = await draw(base);
    const distance = async (weight: number) => {
      const { latents } = await draw({ prompt: 'red <crisp>', negativePrompt: 'blue', adapters: [adapter('crisp', weight)] });
      return Math.hypot(...latents.map((value, i) => value - plain.latents[i]!));
    };
    const [tiny, half, nearOne, one] = [await distance(1e-6), await distance(0.5), await distance(1 + 1e-6), await distance(1)];
    assert.ok(tiny < 0.01 * half && half < one, `${tiny}, ${half}, ${one}`);
    assert.ok(Math.abs(nearOne - one) < 1e-3 * one, 'the graph with a place for strengths says the same at 1');
  });

  it('of several banks act together', async () => {
    const together = await draw({ prompt: 'red <crisp> <other>', negativePrompt: 'blue', adapters: [adapter('crisp', 1), adapter('other', 1)] });
    const one = await draw({ prompt: 'red <crisp>', negativePrompt: 'blue', adapters: [adapter('crisp', 1)] });
    assert.notDeepEqual(together.latents, one.latents);
    const off = await draw({ prompt: 'red <crisp> <other>', negativePrompt: 'blue', adapters: [adapter('crisp', 1), adapter('other', 0)] });
    assert.deepEqual(off.latents, one.latents);
  });

  it('act beside a LoRA, in one graph', async () => {
    const pair = Object.fromEntries(['A', 'B'].map((side, i) => [`transformer.transformer_blocks.0.attn.add_k_proj.lora_${side}.weight`, wave(i === 0 ? [2, 64] : [32, 2], 1, i)]));
    await writeLora(join(folder, 'sharp.safetensors'), pair);
    const draws = [[], [adapter('crisp', 1)], [adapter('sharp', 1)], [adapter('crisp', 1), adapter('sharp', 1)], [adapter('crisp', 1), adapter('sharp', 0)], [adapter('sharp', 0.5), adapter('other', 0)]];
    const latents: string[] = [];
    for (const adapters of draws) latents.push((await draw({ prompt: 'red <crisp>', negativePrompt: 'blue', adapters })).latents.join());
    assert.equal(latents[4], latents[1]);
    assert.equal(new Set(latents).size, 5);
  });

  it('tell that they are from another model, and are refused where they do not fit it; strengths below 0 and files that are none are refused', async () => {
    const { notes } = await draw({ prompt: 'red <crisp>', adapters: [adapter('crisp', 1)] });
    assert.match(notes.join(), /<crisp> was trained on another model \(another version of tiny-icon\)/);
    await writeTestTokens(join(folder, 'narrow.safetensors'), { soft: testTokens({ width: 12 }) });
    await assert.rejects(draw({ prompt: 'red <narrow>', adapters: [adapter('narrow', 1)] }), { code: 'bad-request', message: /trained for another model: they are 12 numbers wide, and .* reads text of 64/ });
    await writeTestTokens(join(folder, 'elsewhere.safetensors'), { blocks: ['down_blocks.0.attentions.0.transformer_blocks.0'] });
    await assert.rejects(draw({ prompt: 'red <elsewhere>', adapters: [adapter('elsewhere', 1)] }), { code: 'bad-request', message: /trained for another model: they go into down_blocks/ });
    await assert.rejects(draw({ prompt: 'red <crisp>', adapters: [adapter('crisp', -1)] }), { code: 'bad-request', message: /0 or more/ });
    await assert.rejects(draw({ prompt: 'red <gone>', adapters: [adapter('gone', 1)] }), { code: 'bad-request', message: /gone\.safetensors/ });
  });

  it('leave no trace of their names in the text', async () => {
    const adapters = [adapter('crisp', 1)];
    const read = async (words: string) => (await requestedAdapters(tinyRequest({ prompt: words, adapters })))?.read(words, 'prompt').text;
    assert.equal(await read('red heart <crisp> on blue'), 'red heart on blue');
    assert.equal(await read('red heart, <crisp>'), 'red heart');
    assert.equal(await read('<crisp>, red heart'), 'red heart');
    assert.equal(await read('<crisp>'), '');
    assert.equal(await read('<crispy> heart'), '<crispy> heart');
  });
});

describe('the adapters of a request', () => {
  const BLOCKS = ['transformer_blocks.0', 'transformer_blocks.1'];
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-adapters-'));
    const tokens = (from: number, count: number): SoftTokens => ({ layers: 2, count, width: 2, tokens: Float32Array.from({ length: 4 * count }, (_, i) => from + i), time: 'none', timeTable: new Float32Array() });
    await writeTestTokens(at('a'), { soft: tokens(10, 1), blocks: BLOCKS });
    await writeTestTokens(at('b'), { soft: tokens(20, 2), blocks: BLOCKS });
    await writeTestTokens(at('elsewhere'), { soft: tokens(0, 1), blocks: ['transformer_blocks.1', 'transformer_blocks.2'] });
    await writeTestTokens(at('wide'), { soft: { ...tokens(0, 1), width: 4, tokens: new Float32Array(8) }, blocks: BLOCKS });
    await writeTestTokens(at('shared'), { soft: { ...tokens(0, 1), layers: 1, tokens: new Float32Array(2) }, blocks: BLOCKS });
    await writeLora(at('sharp'), { 'transformer.up.diff': wave([64, 32]), 'vae.odd': wave([1]), 'vae.other': wave([1]) });
  });
  after(() => rm(folder, { recursive: true }));
  const at = (id: string) => join(folder, `${id}.safetensors`);
  const asked = (weights: Readonly<Record<string, number>>, changes: Parameters<typeof tinyRequest>[0] = {}) =>
    requestedAdapters(tinyRequest({ prompt: '<a> <b>', ...changes, adapters: Object.entries(weights).map(([id, weight]) => ({ id, path: at(id), weight })) }));

  it('are none where none is named; those of strength 0 are not read', async () => {
    assert.equal(await asked({}), undefined);
    const none = (await asked({ gone: 0, a: 0 }, { prompt: 'red <gone>' }))!;
    assert.deepEqual([none.injection, none.notes, none.read('red <gone>', 'prompt')], [{ blocks: [], bias: false, width: undefined, loras: [] }, [], { text: 'red', soft: undefined }]);
  });

  it('say what the graphs need: blocks, a place for strengths where one is not 1, other weights', async () => {
    const { injection } = (await asked({ a: 1, sharp: 0.5 }))!;
    assert.deepEqual([injection.blocks, injection.bias, injection.width, injection.loras!.map(({ id, weight }) => [id, weight])], [BLOCKS, false, 2, [['sharp', 0.5]]]);
    assert.equal((await asked({ a: 1, b: 0.5 }))!.injection.bias, true);
  });

  it('are side by side in each layer, each as strong as it is', async () => {
    const { soft } = (await asked({ a: 1, b: 0.5 }))!.read('<b> <a>', 'prompt');
    assert.deepEqual([soft!.count, [...soft!.at(500)]], [3, [10, 11, 20, 21, 22, 23, 12, 13, 24, 25, 26, 27]]);
    assert.deepEqual(soft!.bias, Float32Array.of(0, Math.log(0.5), Math.log(0.5)));
  });

  it('are one object for texts that name the same, which then go through the graph together', async () => {
    const { read } = (await asked({ a: 1, b: 1 }, { negativePrompt: '<a>' }))!;
    const both = read('<a> <b>', 'prompt').soft;
    assert.equal(read('red <b>, <a>', 'negative prompt').soft, both);
    assert.notEqual(read('<a>', 'negative prompt').soft, both);
    assert.equal(read('red', 'negative prompt').soft, undefined);
  });

  it('that stand nowhere act in the prompt; those that stand somewhere act there', async () => {
    const named = async (prompt: string, negativePrompt: string) => {
      const { read } = (await asked({ a: 1 }, { prompt, negativePrompt }))!;
      return [read(prompt, 'prompt'), read(negativePrompt, 'negative prompt')].map(({ soft }) => soft !== undefined);
    };
    assert.deepEqual(await named('red', 'blue'), [true, false]);
    assert.deepEqual(await named('red', 'blue <a>'), [false, true]);
    assert.deepEqual(await named('<a>', '<a>'), [true, true]);
  });

  it('are refused together where they were trained for different blocks, or for blocks of different models', async () => {
    for (const [other, what] of [['elsewhere', 'blocks'], ['wide', 'models'], ['shared', 'models']] as const) {
      const message = `<a> and <${other}> were trained for different ${what}, so they cannot be used together; take one out`;
      await assert.rejects(asked({ a: 1, [other]: 1 }), { name: 'DiffusionError', code: 'bad-request', message });
      await asked({ a: 1, [other]: 0 });
    }
  });

  it('tell what they were trained on, and which of their tensors say nothing', async () => {
    const told = async (weights: Readonly<Record<string, number>>, id: string, sha256: string) => (await asked(weights, { model: { id, path: '/nowhere', sha256 } }))!.notes;
    assert.deepEqual(await told({ a: 1 }, 'tiny-icon', 'a'.repeat(64)), []);
    assert.deepEqual(await told({ a: 1 }, 'tiny-icon', 'b'.repeat(64)), ['<a> was trained on another model (another version of tiny-icon); it may do nothing good here']);
    assert.deepEqual(await told({ a: 1 }, 'other', 'b'.repeat(64)), ['<a> was trained on another model (tiny-icon); it may do nothing good here']);
    assert.deepEqual(await told({ sharp: 1 }, 'tiny-icon', 'b'.repeat(64)), ['<lora:sharp>: 2 of its tensors say nothing to Easel and were left out (vae.odd, …)']);
  });
});
