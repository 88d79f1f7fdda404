import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readModel } from '../onnx';
import { consumersOf, findTextAttentions } from './find-attention';

const CONFORMANCE = join(__dirname, '../../test/conformance/training');
const model = (name: string) => readModel(join(CONFORMANCE, `${name}.onnx`));

describe('attention to text', () => {
  it('is found in both exporters\' graphs, by family, and in the order of its blocks', async () => {
    const found = async (name: string) => {
      const { kind, blocks } = findTextAttentions((await model(name)).graph);
      return { kind, blocks: blocks.map(({ block }) => block) };
    };
    assert.deepEqual(await found('sd15'), { kind: 'cross', blocks: ['down_blocks.0.attentions.0.transformer_blocks.0', 'mid_block.attentions.0.transformer_blocks.0'] });
    assert.deepEqual((await found('sdxl')).blocks, ['down_blocks.1.attentions.0.transformer_blocks.0', 'down_blocks.1.attentions.0.transformer_blocks.1', 'mid_block.attentions.0.transformer_blocks.0', 'mid_block.attentions.0.transformer_blocks.1']);
    assert.deepEqual(await found('sd3'), { kind: 'stream', blocks: [0, 1, 2, 3].map((i) => `transformer_blocks.${i}`) });
    assert.deepEqual(await found('icon'), { kind: 'direct', blocks: [0, 1, 2].map((i) => `transformer_blocks.${i}`) });
  });

  it('is read by its keys and values alone, and ends in a softmax of its own', async () => {
    for (const name of ['sd15', 'sdxl', 'sd3', 'icon']) {
      const { graph } = await model(name);
      const { kind, blocks } = findTextAttentions(graph);
      const consumers = consumersOf(graph);
      for (const { block, text, readers, softmax } of blocks) {
        assert.ok(readers.length >= (kind === 'stream' ? 1 : 2) && readers.every((reader) => consumers.get(text)!.includes(reader)), `${name} ${block}`);
        assert.equal(softmax?.opType, 'Softmax');
      }
      assert.equal(new Set(blocks.map(({ softmax }) => softmax)).size, blocks.length, `${name}: a softmax each`);
      // Cross-attention and direct attention read one text; in a stream every block hands on another.
      assert.equal(new Set(blocks.map(({ text }) => text)).size, kind === 'stream' ? blocks.length : 1, name);
    }
  });

  it('that is fused, or in no graph at all, is said to be so', async () => {
    const unet = await model('sd15');
    const nodes = (change: (node: (typeof unet.graph.nodes)[number]) => object) => ({ ...unet.graph, nodes: unet.graph.nodes.map((node) => ({ ...node, ...change(node) })) });
    // As an optimiser for a device would leave it: the softmax inside another operator.
    assert.ok(findTextAttentions(nodes(({ opType }) => (opType === 'Softmax' ? { opType: 'FusedSoftmax', domain: 'com.microsoft' } : {}))).blocks.every(({ softmax }) => softmax === undefined));
    assert.throws(() => findTextAttentions(nodes(() => ({ name: '' }))), { code: 'bad-request', message: /no attention to text that Easel recognises/ });
    const flux = await model('sd3');
    assert.throws(() => findTextAttentions({ ...flux.graph, inputs: [...flux.graph.inputs, { ...flux.graph.inputs[0]!, name: 'txt_ids' }] }), /gives its text positions \(Flux\)/);
  });
});
