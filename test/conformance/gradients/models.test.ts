import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { differentiate, readModel, readSafetensors, toFloat32, type SafeTensor } from '../../../src/onnx/index.ts';
import { runModel } from './session.ts';

/** Exports of tiny random pipelines with float64 autograd gradients: recipes/gradients/models.py. */
const folder = process.env['EASEL_GRADIENT_MODELS'] ?? join(import.meta.dirname, 'models');

describe('gradients of exported models match PyTorch float64', function () {
  this.timeout(60_000);
  for (const file of readdirSync(folder).filter((f) => f.endsWith('.onnx')).sort()) {
    it(file.replace('.onnx', ''), async () => { await check(join(folder, file)); });
  }
});

async function check(path: string): Promise<void> {
  const model = await readModel(path);
  const { tensors, metadata } = await readSafetensors(path.replace('.onnx', '.safetensors'));
  const ownErrors = JSON.parse(metadata['errors'] ?? '{}') as Record<string, number>;
  const wrt = [...tensors.keys()].filter((k) => k.startsWith('grad0.')).map((k) => k.slice(6));
  assert.ok(wrt.length > 0);
  const output = model.graph.outputs[0]?.name ?? '';
  const gradient = differentiate(model, { outputs: [output], wrt });
  const feedSets = [0, 1].map((k) => {
    const feeds = new Map<string, SafeTensor>([[`grad_${output}`, tensors.get(`cot${k}`) as SafeTensor]]);
    for (const { name } of model.graph.inputs) { const t = tensors.get(`in${k}.${name}`); if (t) feeds.set(name, t); }
    return feeds;
  });
  for (const optimisation of ['all', 'disabled'] as const) {
    const results = await runModel(gradient, feedSets, optimisation);
    results.forEach((result, k) => {
      const expected = new Map(wrt.map((x) => [x, toFloat32(tensors.get(`grad${k}.${x}`) as SafeTensor)]));
      const largest = Math.max(...[...expected.values()].map(norm));
      for (const [x, want] of expected) {
        const got = result.get(`grad_${x}`);
        assert.ok(got, `grad_${x}`);
        assert.deepEqual([...got.dims], tensors.get(`grad${k}.${x}`)?.shape, x);
        const error = norm(want.map((v, i) => v - (got.data[i] ?? NaN))) / Math.max(norm(want), 1e-6 * largest);
        const bound = Math.max(1e-4, 10 * (ownErrors[`${k}.${x}`] ?? 0));
        assert.ok(error <= bound, `grad_${x}, feeds ${k}, optimisation ${optimisation}: error ${error.toExponential(1)} above ${bound.toExponential(1)}`);
      }
    });
  }
}

function norm(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
}
