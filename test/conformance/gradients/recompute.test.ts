import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as ort from 'onnxruntime-node';
import { TINY_ICON } from '../../../src/diffusion/test-support/tiny-request';
import { differentiate, encodeModel, GraphBuilder, numberTensor, readModel, writeModel, type Model } from '../../../src/onnx/index.ts';
import { runModel } from './session.ts';
import { feedOf, generator } from './random-graphs.ts';

const WIDTH = 16;

/** Blocks of four activations each: y = x + W₂·gelu(W₁·norm(x)). */
function chain(blocks: number): Model {
  const random = generator(3);
  const b = new GraphBuilder({
    irVersion: 9, opsets: new Map([['', 20]]), producerName: '', producerVersion: '', domain: '', modelVersion: 0n, doc: '', metadata: new Map(), functions: [],
    graph: { name: 'chain', doc: '', nodes: [], inputs: [{ name: 'x', dtype: 'float32', shape: ['B', WIDTH] }], outputs: [], values: new Map(), initializers: new Map() },
  });
  const weight = (rows: number, columns: number): string => b.constant(numberTensor('float32', Float32Array.from({ length: rows * columns }, () => (random() - 0.5) / 2), [rows, columns]));
  let x = 'x';
  for (let i = 0; i < blocks; i++) {
    b.prefix = `block.${i}`;
    const normal = b.op('LayerNormalization', [x, b.constant(numberTensor('float32', Array<number>(WIDTH).fill(1), [WIDTH]))]);
    x = b.add2(x, b.matMul(b.op('Gelu', [b.matMul(normal, weight(WIDTH, 4 * WIDTH))]), weight(4 * WIDTH, WIDTH)));
  }
  return b.finish([b.op('Identity', [x], {}, { as: 'y' })]);
}

async function optimisedNodes(model: Model, folder: string): Promise<string[]> {
  const file = join(folder, 'optimised.onnx');
  const session = await ort.InferenceSession.create(encodeModel(model), { optimizedModelFilePath: file, graphOptimizationLevel: 'extended', logSeverityLevel: 3 });
  await session.release();
  return (await readModel(file)).graph.nodes.map((n) => n.opType);
}

describe('recomputing blocks', function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'easel-recompute-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it('gives the same gradients, bit for bit, and survives the optimizer', async () => {
    const model = chain(4);
    const plain = differentiate(model, { wrt: ['x'] });
    const again = differentiate(model, { wrt: ['x'], recompute: /block\.\d+/u });
    const random = generator(1);
    const value = () => feedOf({ dims: [5, WIDTH], data: Float64Array.from({ length: 5 * WIDTH }, random) });
    const feeds = new Map([['x', value()], ['grad_y', value()]]);
    const results = await Promise.all([plain, again].map(async (m) => [...((await runModel(m, [feeds], 'all'))[0]?.get('grad_x')?.data as Float32Array)]));
    assert.deepEqual(results[0], results[1]);
    const [few, many] = [await optimisedNodes(plain, folder), await optimisedNodes(again, folder)];
    const norms = (nodes: string[]) => nodes.filter((op) => op === 'LayerNormalization').length;
    assert.deepEqual([norms(few), norms(many)], [4, 8], 'every normalisation twice');
    assert.ok(many.length > few.length + 4 * 4, `${many.length} nodes against ${few.length}`);
  });

  it('takes less memory', async () => {
    const model = chain(48);
    const peaks: number[] = [];
    for (const recompute of [undefined, /block\.\d+/u]) {
      const file = join(folder, 'model.onnx');
      await writeModel(differentiate(model, { wrt: ['x'], recompute }), file);
      const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'peak-memory.mjs'), file, '4096', String(WIDTH)], { env: { ...process.env, MALLOC_MMAP_THRESHOLD_: '65536' } }); // as the engine's child has it
      peaks.push(Number(stdout));
    }
    const [kept = 0, computedAgain = 0] = peaks;
    assert.ok(kept > 40, `keeping takes ${kept} MB: too little to compare`);
    assert.ok(computedAgain < 0.6 * kept, `${computedAgain} MB against ${kept} MB`);
  });

  it('finds the blocks of the icon transformer and changes no gradient of it', async () => {
    const model = await readModel(join(TINY_ICON, 'transformer', 'model.onnx'));
    const wrt = ['hidden_states', 'encoder_hidden_states', 'pooled_projections'];
    const [output] = model.graph.outputs.map((o) => o.name);
    const plain = differentiate(model, { wrt, outputs: [output as string] });
    const again = differentiate(model, { wrt, outputs: [output as string], recompute: /transformer_blocks\.\d+/u });
    assert.ok(again.graph.nodes.length > plain.graph.nodes.length);
    const random = generator(2);
    const draw = (dims: number[]) => feedOf({ dims, data: Float64Array.from({ length: dims.reduce((p, d) => p * d, 1) }, () => random() - 0.5) });
    const sizes = new Map(model.graph.inputs.map(({ name, shape }) => [name, (shape ?? []).map((d, i) => (typeof d === 'number' ? d : i === 0 ? 2 : 3))]));
    const feeds = new Map([...[...sizes].map(([name, dims]) => [name, draw(dims)] as const), [`grad_${output}`, draw([2, 3, 64, 64])]]);
    const [a, b] = await Promise.all([plain, again].map(async (m) => (await runModel(m, [feeds], 'disabled'))[0])); // the optimizer fuses other nodes in either
    for (const x of wrt) assert.deepEqual([...(b?.get(`grad_${x}`)?.data as Float32Array)], [...(a?.get(`grad_${x}`)?.data as Float32Array)]);
  });

  it('says when no node has such a name', () => {
    assert.throws(() => differentiate(chain(1), { wrt: ['x'], recompute: /layer\d/u }), /no node has a name that .*layer/);
  });
});
