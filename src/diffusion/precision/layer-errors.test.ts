import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { node, tinyModel, value, writeGraph } from '../../../test/support/tiny-graph';
import { readModelFolder, type ModelFolder } from '../../models';
import { numberTensor, readModel } from '../../onnx';
import { prepareForQuantization, quantizableLayers } from '../../onnx/quantize';
import { createNoise } from '../noise';
import { TINY_ICON, tinyRequest } from '../test-support/tiny-request';
import { observeLayers } from './layer-errors';
import type { PartGraph } from './part-graphs';

const SIDE = 64;
/** `|rounded − x| / |x|` for ONNX's DynamicQuantizeLinear: 255 steps from the least to the largest value, 0 among them. */
function roundingError(x: Float32Array): number {
  const [low, high] = [Math.min(0, ...x), Math.max(0, ...x)];
  const scale = Math.fround((high - low) / 255);
  const zero = Math.round(-low / scale);
  let [noise, signal] = [0, 0];
  for (const number of x) {
    const rounded = (Math.min(255, Math.max(0, Math.round(number / scale) + zero)) - zero) * scale;
    noise += (rounded - number) ** 2;
    signal += number ** 2;
  }
  return Math.sqrt(noise / signal);
}

describe('layers that are watched in a drawing', () => {
  let dir: string;
  let folder: ModelFolder;
  let parts: readonly PartGraph[];
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'easel-watched-'));
    const tiny = await readModelFolder(TINY_ICON, 'tiny');
    // A denoiser in the icon model's place: its answer is the latents themselves, through a product with the unit matrix; another layer is dead.
    const file = join(dir, 'model.onnx');
    const { inputs, outputs } = (await readModel(tiny.components.transformer!.file)).graph;
    const width = inputs.find(({ name }) => name === 'pooled_projections')!.shape![1] as number;
    const numbers = (rows: number, columns: number, at: (i: number, j: number) => number) => numberTensor('float32', Array.from({ length: rows * columns }, (_, i) => at(Math.floor(i / columns), i % columns)), [rows, columns]);
    const graph = {
      inputs, outputs: [value(outputs[0]!.name, 'float32', ['b', 3, SIDE, SIDE])],
      initializers: new Map([['one', numbers(SIDE, SIDE, (i, j) => Number(i === j))], ['none', numbers(width, SIDE, () => 0)], ['to rows', numberTensor('int64', [-1, 1, 1, SIDE], [4])]]),
      nodes: [node('MatMul', ['pooled_projections', 'none'], ['dead']), node('Reshape', ['dead', 'to rows'], ['row']), node('MatMul', ['hidden_states', 'one'], ['same']), node('Add', ['same', 'row'], [outputs[0]!.name])],
    };
    await writeGraph(file, graph);
    const model = prepareForQuantization(tinyModel(graph));
    folder = { ...tiny, components: { ...tiny.components, transformer: { ...tiny.components.transformer!, file } } };
    parts = [{ part: 'transformer', model, layers: quantizableLayers(model) }, { part: 'vae_decoder', model, layers: [] }];
  });
  afterEach(() => rm(dir, { recursive: true }));

  it('say how often they were called, on what, and how far rounding moves them', async () => {
    const [dead, same, ...others] = await observeLayers(folder, parts, tinyRequest({ steps: 3, guidanceScale: 1 }), 7, join(dir, 'watched'), { threads: 1 });
    const width = parts[0]!.layers[0]!.k;
    assert.deepEqual({ ...dead, layer: dead!.layer.name }, { part: 'transformer', layer: 'dead', dims: [1, width], calls: 3, error: 0 });
    // The first latents are the seed's noise, later ones multiples of it, so all are rounded alike; a unit matrix is rounded to itself.
    const { error, layer, ...rest } = same!;
    assert.deepEqual({ ...rest, layer: layer.name }, { part: 'transformer', layer: 'same', dims: [1, 3, SIDE, SIDE], calls: 3 });
    const expected = roundingError(createNoise('torch', '42').randn(3 * SIDE * SIDE));
    assert.ok(Math.abs(error / expected - 1) < 1e-3, `${error} is not ${expected}`);
    assert.deepEqual(others, []);
    assert.deepEqual((await readdir(join(dir, 'watched'), { recursive: true })).sort(), ['transformer', 'transformer/model.onnx'], 'what has no layers is not written');
  });

  it('are watched on what a drawing with guidance gives them, two at a call', async () => {
    const [dead, same] = await observeLayers(folder, parts, tinyRequest({ steps: 1, guidanceScale: 3 }), 7, join(dir, 'watched'), { threads: 1 });
    assert.deepEqual([dead!.calls, dead!.dims[0], same!.calls, same!.dims], [1, 2, 1, [2, 3, SIDE, SIDE]]);
  });

  it('are not watched on in a drawing that was given up', async () => {
    const signal = AbortSignal.abort();
    await assert.rejects(observeLayers(folder, parts, tinyRequest({ steps: 3 }), 7, join(dir, 'watched'), { threads: 1, signal }), { name: 'DiffusionError', code: 'cancelled' });
  });
});
