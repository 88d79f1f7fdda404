import assert from 'node:assert/strict';
import type { DType, ValueInfo } from '../../runtime';
import { FEEDS, guidanceEmbedding, type FeedContext } from './denoiser-feeds';

const encoding = (pooled: number[]) => ({ hidden: new Float32Array(6), tokens: 3, width: 2, pooled: Float32Array.from(pooled), attentionBias: null });

const context: FeedContext = {
  latents: undefined, timestep: 812.5, encodings: [encoding([1, 2]), encoding([3, 4])], packs: false,
  settings: { shape: { channels: 4, height: 4, width: 6 }, size: { width: 48, height: 32 }, guidanceScale: 7.5 },
};
const info = (name: string, dtype: DType, shape: (number | string)[]): ValueInfo => ({ name, dtype, shape });
const feed = (name: string, dtype: DType, shape: (number | string)[], changes: Partial<FeedContext> = {}) => FEEDS[name]!.make({ ...context, ...changes }, info(name, dtype, shape));

describe('denoiser feeds', () => {
  it('give the timestep the rank and type that the graph declares', () => {
    assert.deepEqual(feed('timestep', 'float32', []), { dtype: 'float32', dims: [], data: Float32Array.of(812.5) });
    assert.deepEqual(feed('timestep', 'float32', [1]), { dtype: 'float32', dims: [1], data: Float32Array.of(812.5) });
    assert.deepEqual(feed('timestep', 'float32', ['steps']), { dtype: 'float32', dims: [2], data: Float32Array.of(812.5, 812.5) });
    assert.deepEqual(feed('timestep', 'int64', ['steps']), { dtype: 'int64', dims: [2], data: BigInt64Array.of(812n, 812n) }); // half to even
    assert.deepEqual(feed('timestep', 'int64', [1], { timestep: 813.5 }).data, BigInt64Array.of(814n));
    assert.deepEqual(feed('timestep', 'float32', [], { timestep: 500, packs: true }).data, Float32Array.of(0.5));
  });

  it('write a timestep over the one before, where it is in floats', () => {
    const again = (dtype: DType, shape: (number | string)[], changes: Partial<FeedContext>) => {
      const before = feed('timestep', dtype, shape);
      return { before, after: FEEDS['timestep']!.make({ ...context, ...changes }, info('timestep', dtype, shape), before) };
    };
    for (const [shape, values] of [[[], [250]], [['steps'], [250, 250]]] as const) {
      const { before, after } = again('float32', [...shape], { timestep: 250 });
      assert.equal(after, before);
      assert.deepEqual([...after.data as Float32Array], values);
    }
    assert.deepEqual(again('float32', [], { timestep: 500, packs: true }).after.data, Float32Array.of(0.5));
    const { before, after } = again('int64', ['steps'], { timestep: 250 });
    assert.deepEqual([before.data, after.data], [BigInt64Array.of(812n, 812n), BigInt64Array.of(250n, 250n)]);
  });

  it('stack what belongs to each row', () => {
    assert.deepEqual(feed('encoder_hidden_states', 'float32', ['b', 's', 2]).dims, [2, 3, 2]);
    assert.deepEqual(feed('text_embeds', 'float32', ['b', 2]), { dtype: 'float32', dims: [2, 2], data: Float32Array.of(1, 2, 3, 4) });
    assert.deepEqual(feed('time_ids', 'float32', ['b', 6]).data, Float32Array.of(32, 48, 0, 0, 32, 48, 32, 48, 0, 0, 32, 48));
  });

  it('number Flux’s patches by row and column, of either rank and in whole numbers too', () => {
    assert.deepEqual([...feed('img_ids', 'float32', ['n', 3]).data as Float32Array], [0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 1, 0, 0, 1, 1, 0, 1, 2]);
    assert.deepEqual(feed('img_ids', 'float32', ['b', 'n', 3]).dims, [2, 6, 3]);
    assert.deepEqual(feed('txt_ids', 'float32', ['n', 3]).dims, [3, 3]);
    assert.deepEqual(feed('img_ids', 'int64', ['n', 3]).data, BigInt64Array.of(0n, 0n, 0n, 0n, 0n, 1n, 0n, 0n, 2n, 0n, 1n, 0n, 0n, 1n, 1n, 0n, 1n, 2n));
    assert.deepEqual(feed('txt_ids', 'int64', ['n', 3]), { dtype: 'int64', dims: [3, 3], data: new BigInt64Array(9) });
  });

  it('refuse what the text cannot give, and a refiner', () => {
    const without = { encodings: [{ ...encoding([]), pooled: null }] };
    assert.throws(() => feed('pooled_projections', 'float32', ['b', 2], without), /"pooled_projections".*gives no pooled vector/);
    assert.throws(() => feed('time_ids', 'float32', ['b', 5]), /refiner/);
  });

  it('embed the guidance scale as LCM does', () => {
    // diffusers.LatentConsistencyModelPipeline.get_guidance_scale_embedding(torch.tensor([7.5]), embedding_dim=5)
    const expected = [Math.sin(7500), Math.sin(0.75), Math.cos(7500), Math.cos(0.75), 0];
    guidanceEmbedding(7.5, 5).forEach((value, i) => assert.ok(Math.abs(value - expected[i]!) < 1e-4, `${i}: ${value}`));
  });
});
