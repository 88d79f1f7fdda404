import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readModel, type Model } from '../onnx';
import { chooseBlocks, injectSoftTokens, SOFT_TOKEN_BIAS_INPUT, SOFT_TOKENS_INPUT, tokenPlaces } from './inject-soft-tokens';

const CONFORMANCE = join(__dirname, '../../test/conformance/training');
const model = (name: string) => readModel(join(CONFORMANCE, `${name}.onnx`));

describe('places for soft tokens', () => {
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

  it('are refused by name where the text\'s length is fixed, and where the tokens are another model\'s', async () => {
    const unet = await model('sd15');
    const blocks = ['down_blocks.0.attentions.0.transformer_blocks.0'];
    const fixed: Model = { ...unet, graph: { ...unet.graph, inputs: unet.graph.inputs.map((input) => (input.name === 'encoder_hidden_states' ? { ...input, shape: ['batch', 77, 12] } : input)) } };
    assert.throws(() => injectSoftTokens(fixed, { blocks }), { code: 'bad-request', message: /sd15\.onnx was exported with its text length fixed at 77/ });
    assert.throws(() => injectSoftTokens(unet, { blocks: ['down_blocks.9'] }), /trained for another model: they go into down_blocks\.9, which .*sd15\.onnx does not have/);
    assert.throws(() => injectSoftTokens(unet, { blocks, width: 768 }), { code: 'bad-request', message: /trained for another model: they are 768 numbers wide, and .*sd15\.onnx reads text of 12/ });
    injectSoftTokens(unet, { blocks, width: 12 });
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

  it('add two inputs to the graph and leave its weights as they are', async () => {
    for (const name of ['sd15', 'sdxl', 'sd3', 'icon']) {
      const before = await model(name);
      const { blocks, kind, width } = tokenPlaces(before);
      const { graph } = injectSoftTokens(before, { blocks: blocks.slice(0, 2), bias: true });
      const added = graph.inputs.filter(({ name: input }) => !before.graph.inputs.some((known) => known.name === input));
      assert.deepEqual(added.map(({ name: input, shape }) => [input, shape]), [[SOFT_TOKENS_INPUT, [kind === 'cross' ? 1 : 2, 'soft_token_count', width]], [SOFT_TOKEN_BIAS_INPUT, ['soft_token_count']]]);
      for (const [weight, tensor] of before.graph.initializers) if (graph.initializers.has(weight)) assert.equal(graph.initializers.get(weight), tensor, `${name} ${weight}`);
      assert.deepEqual(graph.outputs.map((output) => output.name), before.graph.outputs.map((output) => output.name));
    }
  });
});
