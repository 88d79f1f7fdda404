import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { node, tinyModel, value } from '../../../test/support/tiny-graph';
import { numberTensor } from '../../onnx';
import { prepareForQuantization, quantizableLayers } from '../../onnx/quantize';
import type { ObservedLayer } from './layer-errors';
import { measureGains, pays } from './layer-gains';
import type { PartGraph } from './part-graphs';

/** A product of x [rows, k] with weights [k, n] per name. */
function part(name: PartGraph['part'], layers: Readonly<Record<string, readonly [rows: number, k: number, n: number]>>): PartGraph {
  const all = Object.entries(layers);
  const model = prepareForQuantization(tinyModel({
    inputs: all.map(([name, [rows, k]]) => value(`x of ${name}`, 'float32', [rows, k])), outputs: all.map(([name, [rows, , n]]) => value(name, 'float32', [rows, n])),
    nodes: all.map(([name]) => node('MatMul', [`x of ${name}`, `w of ${name}`], [name])),
    initializers: new Map(all.map(([name, [, k, n]]) => [`w of ${name}`, numberTensor('float32', Array.from({ length: k * n }, (_, i) => Math.sin(i)), [k, n])])),
  }));
  return { part: name, model, layers: quantizableLayers(model) };
}
const observed = (parts: readonly PartGraph[], dims: Readonly<Record<string, readonly number[]>>): ObservedLayer[] =>
  parts.flatMap(({ part, layers }) => layers.map((layer) => ({ part, layer, dims: dims[layer.name]!, calls: 1, error: 0 })));

describe('the time of layers', () => {
  let dir: string;
  beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'easel-gains-'))));
  afterEach(() => rm(dir, { recursive: true }));

  it('is worth a layer in integers where it falls by more than a twentieth', () => {
    assert.deepEqual([0, 94.9, 95, 100, 200, NaN].map((rounded) => pays({ exact: 100, rounded })), [true, true, false, false, false, false]);
  });

  it('is measured once for layers of one shape, of those that are large enough, and asks before each', async () => {
    const parts = [part('unet', { small: [4, 31, 33], first: [4, 32, 32], same: [4, 32, 32], wide: [4, 32, 64] }), part('vae_decoder', { again: [4, 32, 32], taller: [9, 32, 32], vector: [4, 32, 64] })];
    const asked: number[] = [];
    // 31 · 33 weights are one fewer than 1024.
    const seen = observed(parts, { small: [4, 31], first: [4, 32], same: [4, 32], wide: [4, 32], again: [4, 32], taller: [9, 32], vector: [32] });
    const gains = await measureGains(parts, seen, 7, dir, { threads: 1, checkpoint: async (done) => void asked.push(done) });
    assert.deepEqual(asked, [1, 3, 5]);
    assert.deepEqual(gains.map((gain) => gain && gains.indexOf(gain)), [undefined, 1, 1, 3, 1, 5, undefined]);
    for (const gain of gains) assert.ok(!gain || (gain.exact > 0 && gain.rounded > 0 && Number.isFinite(gain.exact + gain.rounded)));
    assert.deepEqual(await readdir(dir), []);
  });

  it('leaves no graph behind where it is given up or cannot be measured', async () => {
    const parts = [part('unet', { first: [4, 32, 32], wide: [4, 32, 64] })];
    const seen = observed(parts, { first: [4, 32], wide: [4, 32] });
    await assert.rejects(measureGains(parts, seen, 7, dir, { threads: 1, checkpoint: async (done) => { if (done === 1) throw new Error('given up'); } }), /^Error: given up$/);
    const wrong = seen.map((layer) => ({ ...layer, dims: [4, 33] }));
    await assert.rejects(measureGains(parts, wrong, 7, dir, { threads: 1, checkpoint: async () => undefined }));
    assert.deepEqual(await readdir(dir), []);
  });
});
