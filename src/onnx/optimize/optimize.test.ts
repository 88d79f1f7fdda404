import assert from 'node:assert/strict';
import { join } from 'node:path';
import { runModel } from '../../../test/conformance/gradients/session.ts';
import { float32Tensor, GraphBuilder, inferTypes, inlineFunctions, numberTensor, readModel, upgradeOpset, type Model, type SafeTensor } from '../index.ts';
import { optimizeForCpu } from './index.ts';

const MODELS = join(import.meta.dirname, '../../../test/fixtures/models');
const SIZES: Readonly<Record<string, number>> = { batch: 2, batch_size: 2, height: 8, width: 8, sequence_length: 77, sequence: 32, steps: 1 };

/** Feeds for every input, the same at every run. */
function feedsOf(model: Model): Map<string, SafeTensor> {
  return new Map(model.graph.inputs.map(({ name, dtype, shape = [] }) => {
    const dims = shape.map((dim) => (typeof dim === 'number' ? dim : (SIZES[dim] ?? 2)));
    const count = dims.reduce((a, b) => a * b, 1);
    if (dtype === 'int64') return [name, { dtype: 'I64', shape: dims, data: new Uint8Array(BigInt64Array.from({ length: count }, () => 500n).buffer) }];
    const values = Float32Array.from({ length: count }, (_, i) => (name === 'timestep' ? 500 : name.includes('bias') ? 0 : ((i * 7919) % 1009) / 300 - 1.7));
    return [name, float32Tensor(values, dims)];
  }));
}

function count(model: Model, opType: string): number {
  return model.graph.nodes.filter((node) => node.opType === opType).length;
}

async function agree(model: Model, optimized: Model): Promise<void> {
  const feeds = feedsOf(model);
  const [a, b] = [[...(await runModel(model, [feeds]))[0]!.values()][0]!, [...(await runModel(optimized, [feeds]))[0]!.values()][0]!];
  assert.deepEqual(a.dims, b.dims);
  const size = Math.max(...Array.from(a.data, Math.abs));
  const difference = Math.max(...Array.from(a.data, (value, i) => Math.abs(value - b.data[i]!)));
  assert.ok(difference < 1e-5 * size, `differs by ${difference} of ${size}`);
}

const prepared = async (path: string) => upgradeOpset(inlineFunctions(await readModel(join(MODELS, path))), 18);

describe('rewrites for a processor', function () {
  this.timeout(60_000);

  for (const [path, attentions] of [['sd15/unet/model.onnx', 4], ['sdxl/unet/model.onnx', undefined], ['sd2-v/unet/model.onnx', undefined], ['lcm/unet/model.onnx', undefined]] as const) {
    it(`fuse every attention of ${path}, with the same answer`, async () => {
      const model = await prepared(path);
      const optimized = optimizeForCpu(model);
      const before = count(model, 'Softmax');
      assert.ok(before > 0);
      assert.deepEqual([count(optimized, 'Softmax'), count(optimized, 'MultiHeadAttention')], [0, before]);
      if (attentions !== undefined) assert.ok(before >= attentions);
      await agree(model, optimized);
    });
  }

  it('fuse the root-mean-square norms of the icon family, with the same answer', async () => {
    const model = await prepared('../../../models/icon-64/transformer/model.onnx');
    const optimized = optimizeForCpu(model);
    assert.ok(count(optimized, 'SimplifiedLayerNormalization') > 5);
    await agree(model, optimized);
  });

  it('keep attention with a mask, and norms over another axis', () => {
    const b = new GraphBuilder({
      irVersion: 9, opsets: new Map([['', 18]]), producerName: '', producerVersion: '', domain: '', modelVersion: 0n, doc: '', metadata: new Map(), functions: [],
      graph: { name: 'g', doc: '', nodes: [], inputs: [{ name: 'x', dtype: 'float32', shape: [2, 6, 8] }, { name: 'mask', dtype: 'float32', shape: [2, 1, 1, 6] }], outputs: [], values: new Map(), initializers: new Map() },
    });
    const heads = (perm: number[]) => b.transpose(b.op('Reshape', ['x', b.int64([0, 0, 2, 4])]), perm);
    const logits = b.add2(b.matMul(heads([0, 2, 1, 3]), heads([0, 2, 3, 1])), 'mask');
    const answer = b.matMul(b.op('Softmax', [logits], { axis: -1 }), heads([0, 2, 1, 3]));
    const joined = b.op('Reshape', [b.transpose(answer, [0, 2, 1, 3]), b.int64([0, 0, 8])]);
    const square = b.op('ReduceMean', [b.mul(joined, joined), b.int64([1])], { keepdims: 1 });
    const model = b.finish([b.div(joined, b.op('Sqrt', [b.add2(square, b.constant(numberTensor('float32', [1e-6], [])))]))]);
    const optimized = optimizeForCpu(model);
    assert.deepEqual(['Softmax', 'Div', 'MultiHeadAttention', 'SimplifiedLayerNormalization'].map((name) => count(optimized, name)), [1, 1, 0, 0]);
  });

  it('leave types that can still be inferred', async () => {
    const optimized = optimizeForCpu(await prepared('tiny-icon/transformer/model.onnx'));
    assert.equal(inferTypes(optimized).get(optimized.graph.outputs[0]!.name)?.dtype, 'float32');
  });
});
