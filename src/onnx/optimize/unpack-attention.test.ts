import assert from 'node:assert/strict';
import { runModel } from '../../../test/conformance/gradients/session.ts';
import { float32Tensor, GraphBuilder, type Model } from '../index.ts';
import { unpackAttention } from './index.ts';

const [BATCH, LENGTH, KEYS, HEADS, SIZE] = [2, 5, 3, 2, 4];
const EMPTY: Model = { irVersion: 9, opsets: new Map([['', 17], ['com.microsoft', 1]]), producerName: '', producerVersion: '', domain: '', modelVersion: 0n, doc: '', metadata: new Map(), functions: [], graph: { name: 'g', doc: '', nodes: [], inputs: [], outputs: [], values: new Map(), initializers: new Map() } };

/** Attention over three inputs, which go to the operator as they are or packed, as the transformer optimizer packs them. */
function attention(pack: 'none' | 'keys' | 'all'): Model {
  const b = new GraphBuilder(EMPTY, 't');
  const keys = pack === 'all' ? LENGTH : KEYS;
  const [q, k, v] = [b.input('q', 'float32', [BATCH, LENGTH, HEADS * SIZE]), b.input('k', 'float32', [BATCH, keys, HEADS * SIZE]), b.input('v', 'float32', [BATCH, keys, HEADS * SIZE])] as const;
  const packed = (...values: string[]) => b.concat(values.map((value) => b.op('Reshape', [value, b.int64([0, 0, HEADS, 1, SIZE])])), 3);
  const inputs = pack === 'none' ? [q, k, v] : pack === 'keys' ? [q, packed(k, v)] : [packed(q, k, v)];
  b.op('MultiHeadAttention', inputs, { num_heads: HEADS }, { as: 'y', domain: 'com.microsoft' });
  const { graph, ...rest } = b.finish();
  return { ...rest, graph: { ...graph, outputs: [{ name: 'y', dtype: 'float32', shape: [BATCH, LENGTH, HEADS * SIZE] }] } };
}

describe('attention that was packed for a graphics card', () => {
  const feeds = (keys: number) => new Map([['q', LENGTH], ['k', keys], ['v', keys]].map(([name, length], n) => {
    const count = BATCH * (length as number) * HEADS * SIZE;
    return [name as string, float32Tensor(Float32Array.from({ length: count }, (_, i) => Math.sin(1.7 * i + n)), [BATCH, length as number, HEADS * SIZE])];
  }));
  const answer = async (model: Model, keys: number) => Array.from([...(await runModel(model, [feeds(keys)]))[0]!.values()][0]!.data);

  for (const [pack, keys] of [['keys', KEYS], ['all', LENGTH]] as const) {
    it(`runs on the processor with ${pack} unpacked, which it does not as it is`, async () => {
      const model = attention(pack);
      await assert.rejects(answer(model, keys), /Packed/);
      const plain = attention('none').graph;
      assert.deepEqual(await answer(unpackAttention(model), keys), await answer({ ...model, graph: { ...plain, inputs: model.graph.inputs } }, keys));
    });
  }

  it('is left alone where nothing is packed', () => {
    const model = attention('none');
    assert.equal(unpackAttention(model), model);
  });
});
