import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readModel, type Model } from '../onnx';
import { chooseBlocks, injectSoftTokens, readSoftTokenProvenance, readSoftTokens, timeRows, timeWeights, tokenPlaces, tokensAt, writeSoftTokens, type SoftTokenFile } from './index';

const CONFORMANCE = join(__dirname, '../../test/conformance/training');
const model = (name: string) => readModel(join(CONFORMANCE, `${name}.onnx`));

describe('places for soft tokens', () => {
  it('are found in both exporters\' graphs, by family', async () => {
    const found = async (name: string) => {
      const { kind, blocks, width, takesBias } = tokenPlaces(await model(name));
      return { kind, blocks, width, takesBias };
    };
    assert.deepEqual(await found('sd15'), { kind: 'cross', blocks: ['down_blocks.0.attentions.0.transformer_blocks.0', 'mid_block.attentions.0.transformer_blocks.0'], width: 12, takesBias: true });
    assert.deepEqual((await found('sdxl')).blocks, ['down_blocks.1.attentions.0.transformer_blocks.0', 'down_blocks.1.attentions.0.transformer_blocks.1', 'mid_block.attentions.0.transformer_blocks.0', 'mid_block.attentions.0.transformer_blocks.1']);
    assert.deepEqual(await found('sd3'), { kind: 'stream', blocks: [0, 1, 2, 3].map((i) => `transformer_blocks.${i}`), width: 16, takesBias: true });
    assert.deepEqual(await found('icon'), { kind: 'direct', blocks: [0, 1, 2].map((i) => `transformer_blocks.${i}`), width: 12, takesBias: true });
  });

  it('are the published ones unless said: down blocks, ⌈5/24·L⌉ of a transformer', () => {
    const unet = { kind: 'cross', blocks: ['down_blocks.0.a', 'down_blocks.1.a', 'mid_block.a'] } as const;
    assert.deepEqual(chooseBlocks(unet, 'auto'), ['down_blocks.0.a', 'down_blocks.1.a']);
    assert.deepEqual(chooseBlocks(unet, 'down+mid'), unet.blocks);
    assert.throws(() => chooseBlocks(unet, 3), /down or down\+mid/);
    const transformer = (count: number) => ({ kind: 'stream', blocks: Array.from({ length: count }, (_, i) => String(i)) }) as const;
    assert.deepEqual([1, 4, 5, 24, 38].map((count) => chooseBlocks(transformer(count), 'auto').length), [1, 1, 2, 5, 8]);
    assert.equal(chooseBlocks(transformer(24), 7).length, 7);
    assert.throws(() => chooseBlocks(transformer(4), 5), /more than the 4/);
    assert.throws(() => chooseBlocks(transformer(4), 'down'), /for UNets/);
  });

  it('are refused by name where the text\'s length is fixed, where there is none, and where a block is another model\'s', async () => {
    const unet = await model('sd15');
    const fixed: Model = { ...unet, graph: { ...unet.graph, inputs: unet.graph.inputs.map((input) => (input.name === 'encoder_hidden_states' ? { ...input, shape: ['batch', 77, 12] } : input)) } };
    assert.throws(() => injectSoftTokens(fixed, { blocks: ['down_blocks.0.attentions.0.transformer_blocks.0'] }), { code: 'bad-request', message: /sd15\.onnx was exported with its text length fixed at 77/ });
    assert.throws(() => injectSoftTokens(unet, { blocks: ['down_blocks.9'] }), /has no block down_blocks\.9/);
    const nameless: Model = { ...unet, graph: { ...unet.graph, nodes: unet.graph.nodes.map((node) => ({ ...node, name: '' })) } };
    assert.throws(() => tokenPlaces(nameless), /no attention to text that Easel recognises/);
  });

  it('in a fused attention take no strength, and say so', async () => {
    const unet = await model('sd15');
    // As an optimiser for a device would leave it: the softmax inside another operator.
    const fused: Model = { ...unet, graph: { ...unet.graph, nodes: unet.graph.nodes.map((node) => (node.opType === 'Softmax' ? { ...node, opType: 'FusedSoftmax', domain: 'com.microsoft' } : node)) } };
    const blocks = ['down_blocks.0.attentions.0.transformer_blocks.0'];
    assert.equal(tokenPlaces(fused).takesBias, false);
    assert.throws(() => injectSoftTokens(fused, { blocks, bias: true }), /no place for a strength .* use 0 or 1/);
    injectSoftTokens(fused, { blocks });
  });
});

describe('a bank of soft tokens', () => {
  let folder: string;
  before(async () => void (folder = await mkdtemp(join(tmpdir(), 'easel-bank-'))));
  after(() => rm(folder, { recursive: true }));
  const file: SoftTokenFile = {
    soft: { layers: 2, count: 2, width: 3, tokens: Float32Array.from({ length: 12 }, (_, i) => i / 8), time: 'smooth', timeTable: Float32Array.from({ length: 16 * 6 }, (_, i) => i) },
    provenance: {
      version: 1, method: 'soft-tokens', name: 'crisp', model: { id: 'm', sha256: 'a' }, blocks: ['transformer_blocks.0', 'transformer_blocks.1'], time: 'smooth', options: { steps: 3 },
      dataset: { fingerprint: 'f', pictures: 2, captions: 2 }, revision: 'abc', steps: 3, validationLoss: 0.5, easel: '0',
    },
  };

  it('comes back from its file as it was, and its header can be read alone', async () => {
    const path = join(folder, 'crisp.safetensors');
    await writeSoftTokens(path, file);
    assert.deepEqual(await readSoftTokens(path), file);
    assert.deepEqual(await readSoftTokenProvenance(path), file.provenance);
    assert.equal((await readFile(path)).readBigUInt64LE(0) < 4096n, true);
  });

  it('is refused in one line when it is none, cut short, or does not fit itself', async () => {
    const path = join(folder, 'bad.safetensors');
    const fails = (message: RegExp) => assert.rejects(readSoftTokens(path), (error: Error) => message.test(error.message) && !error.message.includes('\n'));
    await writeFile(path, 'nothing');
    await fails(/bad\.safetensors/);
    assert.equal(await readSoftTokenProvenance(path), null);
    await writeSoftTokens(path, { ...file, soft: { ...file.soft, timeTable: new Float32Array() } });
    await fails(/time_table is \[not there\]/);
    await writeSoftTokens(path, { ...file, provenance: { ...file.provenance, blocks: ['a', 'b', 'c'] } });
    await fails(/2 layers of tokens for 3 blocks/);
    await writeSoftTokens(path, { ...file, soft: { ...file.soft, tokens: file.soft.tokens.map(() => NaN) } });
    await fails(/not finite/);
    await writeFile(path, (await readFile(path)).subarray(0, -4));
    await fails(/bad\.safetensors/);
  });

  it('moves all tokens of a layer with time: buckets ⌊min(t, 999)/10⌋ as published', () => {
    assert.deepEqual([0, 9.9, 10, 999, 1000].map((t) => timeWeights('buckets', t)), [[[0, 1]], [[0, 1]], [[1, 1]], [[99, 1]], [[99, 1]]]);
    assert.deepEqual([timeRows('none'), timeRows('smooth'), timeRows('buckets')], [0, 16, 100]);
    const table = new Float32Array(100 * 6);
    table.set([1, 2, 3, 10, 20, 30], 6 * 42);
    const moved = tokensAt({ ...file.soft, time: 'buckets', timeTable: table }, 425);
    assert.deepEqual([...moved].map((value, i) => value - i / 8), [1, 2, 3, 1, 2, 3, 10, 20, 30, 10, 20, 30]);
  });

  it('moves smoothly: 16 bases that sum to 1 and never jump', () => {
    let before = new Map(timeWeights('smooth', 0));
    const used = new Set<number>();
    for (let t = 0; t < 1000; t++) {
      const weights = timeWeights('smooth', t);
      assert.ok(Math.abs(weights.reduce((sum, [, weight]) => sum + weight, 0) - 1) < 1e-12);
      assert.ok(weights.every(([row, weight]) => row >= 0 && row < 16 && weight >= 0));
      const now = new Map(weights);
      for (const row of [...before.keys(), ...now.keys()]) assert.ok(Math.abs((now.get(row) ?? 0) - (before.get(row) ?? 0)) < 0.02, `${t}`);
      weights.forEach(([row]) => used.add(row));
      before = now;
    }
    assert.equal(used.size, 16);
  });
});
