import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runModel } from '../../test/conformance/gradients/session.ts';
import { node, tinyModel, value } from '../../test/support/tiny-graph';
import { float32Tensor, numberTensor, type Attribute, type Model, type SafeTensor } from '../onnx';
import { applyLoras, type LoraUse } from './apply-loras';
import { readLora } from './lora-file';
import { writeLora } from './test-support/lora';

type Matrix = readonly (readonly number[])[];
const transposed = (rows: Matrix): number[][] => rows[0]!.map((_, j) => rows.map((row) => row[j]!));
const stored = (rows: Matrix, dims = [rows.length, rows[0]!.length]) => numberTensor('float32', rows.flat(), dims);
const factor = (rows: Matrix, dims = [rows.length, rows[0]!.length]): SafeTensor => float32Tensor(Float32Array.from(rows.flat()), dims);
const numbers = (...values: number[]): SafeTensor => float32Tensor(Float32Array.from(values), values.length === 1 ? [] : [values.length]);
const cast = (to: number) => ({ attributes: new Map<string, Attribute>([['to', { type: 'int', value: BigInt(to) }]]) });

/** `[out, in]` of a to c. */
const W: Matrix = [[1, 2], [3, 4], [5, 6]];
/** `[out, in · taps]` of the convolution d, over two inputs and a window of 1×2. */
const K: Matrix = [[1, 0, 2, 0], [0, 3, 0, 4], [5, 0, 0, 6]];
const layer = (name: string, opType: string, inputs: string[], output = name, attributes: Record<string, Attribute> = {}) => node(opType, inputs, [output], { name: `/net/${name}/${opType} for ${output}`, attributes: new Map(Object.entries(attributes)) });
/** a adds its bias behind it, b reads its weight as it is, c has a's weight and is called twice, d is a convolution. */
const MODEL: Model = tinyModel({
  inputs: [value('x', 'float32', [3, 2]), value('picture', 'float32', [5, 2, 1, 2])],
  outputs: ['a', 'b', 'c', 'c again', 'd'].map((name) => value(name, 'float32', name === 'd' ? [5, 3, 1, 1] : [3, 3])),
  initializers: new Map([['onnx::MatMul_1', stored(transposed(W))], ['b.weight', stored(W)], ['d.weight', stored(K, [3, 2, 1, 2])], ['a.bias', stored([[10, 20, 30]], [3])], ['d.bias', stored([[7, 8, 9]], [3])]]),
  nodes: [
    layer('a', 'MatMul', ['x', 'onnx::MatMul_1'], 'a.product'), layer('a', 'Add', ['a.bias', 'a.product']), layer('b', 'Gemm', ['x', 'b.weight'], 'b', { transB: { type: 'int', value: 1n } }),
    layer('c', 'MatMul', ['x', 'onnx::MatMul_1']), layer('c', 'MatMul', ['x', 'onnx::MatMul_1'], 'c again'), layer('d', 'Conv', ['picture', 'd.weight', 'd.bias']),
  ],
});
const PLAIN = { a: { weight: W, bias: [10, 20, 30] }, b: { weight: W, bias: [0, 0, 0] }, c: { weight: W, bias: [0, 0, 0] }, 'c again': { weight: W, bias: [0, 0, 0] }, d: { weight: K, bias: [7, 8, 9] } };

/** What each layer answers to the unit vectors, which is its weight, and to zero, which is its bias. */
async function layersOf(model: Model): Promise<typeof PLAIN> {
  const units = (size: number) => Array.from({ length: size + 1 }, (_, i) => Array.from({ length: size }, (_, j) => Number(i === j)));
  const [answers] = await runModel(model, [new Map([['x', factor(units(2))], ['picture', factor(units(4), [5, 2, 1, 2])]])]);
  const layerOf = (name: keyof typeof PLAIN) => {
    const data = Array.from(answers!.get(name)!.data);
    const rows = Array.from({ length: data.length / 3 }, (_, i) => data.slice(3 * i, 3 * i + 3));
    const bias = rows.at(-1)!;
    return { weight: transposed(rows.slice(0, -1)).map((row, o) => row.map((y) => y - bias[o]!)), bias };
  };
  return { a: layerOf('a'), b: layerOf('b'), c: layerOf('c'), 'c again': layerOf('c again'), d: layerOf('d') };
}

describe('LoRAs in a graph', () => {
  let folder: string;
  before(async () => void (folder = await mkdtemp(join(tmpdir(), 'easel-apply-'))));
  after(() => rm(folder, { recursive: true }));

  const lora = async (id: string, weight: number, tensors: Record<string, SafeTensor>): Promise<LoraUse> => {
    const path = join(folder, `${id}.safetensors`);
    await writeLora(path, tensors);
    return { id, weight, file: await readLora(path) };
  };
  const applied = async (...loras: LoraUse[]) => layersOf(applyLoras(MODEL, 'denoiser', loras).model);
  const [A, B]: [Matrix, Matrix] = [[[1, 0], [2, 1]], [[1, 0], [0, 1], [1, 1]]];
  const kohya = (name: string, alpha: number) => ({ [`lora_unet_${name}.lora_down.weight`]: factor(A), [`lora_unet_${name}.lora_up.weight`]: factor(B), [`lora_unet_${name}.alpha`]: numbers(alpha) });
  const peft = (name: string, down: Matrix, up: Matrix) => ({ [`unet.${name}.lora_A.weight`]: factor(down), [`unet.${name}.lora_B.weight`]: factor(up) });

  it('make W + w · alpha / rank · B A of every kind of layer that they name, and of no other that shares its weight', async () => {
    const convolution = { 'lora_unet_d.lora_down.weight': factor([[1, 2, 3, 4]], [1, 2, 1, 2]), 'lora_unet_d.lora_up.weight': factor([[1], [0], [-1]], [3, 1, 1, 1]), 'lora_unet_d.alpha': numbers(2) };
    const { a, b, c, d } = await applied(await lora('one', 3, { ...kohya('a', 1), ...kohya('b', 4), ...convolution }));
    // B A is [[1, 0], [2, 1], [3, 1]]; 3 · 1/2 of it, 3 · 4/2 of it
    assert.deepEqual(a, { ...PLAIN.a, weight: [[2.5, 2], [6, 5.5], [9.5, 7.5]] });
    assert.deepEqual(b, { ...PLAIN.b, weight: [[7, 2], [15, 10], [23, 12]] });
    assert.deepEqual(d, { ...PLAIN.d, weight: [[7, 12, 20, 24], [0, 3, 0, 4], [-1, -12, -18, -18]] });
    assert.deepEqual(c, PLAIN.c);
    assert.deepEqual(await applied(await lora('calls', 1, peft('c', [[1, 1]], [[1], [2], [3]]))), { ...PLAIN, ...Object.fromEntries(['c', 'c again'].map((name) => [name, { ...PLAIN.c, weight: [[2, 3], [5, 6], [8, 9]] }])) });
  });

  it('are added up where they change one layer, whatever calls it what; weight 0 is none, below 0 takes away', async () => {
    const [first, second, off] = [await lora('one', 3, kohya('a', 1)), await lora('two', -0.5, peft('a', [[2, 4]], [[1], [1], [0]])), await lora('off', 0, peft('a', [[9, 9, 9]], [[9]]))];
    assert.deepEqual((await applied(first, second, off)).a.weight, [[1.5, 0], [5, 3.5], [9.5, 7.5]]);
    assert.deepEqual((await applied(second, first)).a, (await applied(first, second)).a);
    assert.equal(applyLoras(MODEL, 'denoiser', [off]).model, MODEL);
    assert.equal(applyLoras(MODEL, 'text_encoder', [first]).model, MODEL);
  });

  it('are added in float32 also to a half-precision weight, which has no 2049', async () => {
    const half = tinyModel({
      inputs: [value('x', 'float32', [1, 1])], outputs: [value('y', 'float32', [1, 1])], initializers: new Map([['w', numberTensor('float16', [2048], [1, 1])]]),
      nodes: [node('Cast', ['x'], ['x16'], cast(10)), node('MatMul', ['x16', 'w'], ['y16'], { name: '/net/h/MatMul' }), node('Cast', ['y16'], ['y'], cast(1))],
    });
    const one = await lora('one', 1, peft('h', [[1]], [[1]]));
    const [answers] = await runModel(applyLoras(half, 'denoiser', [one, { ...one, id: 'two' }]).model, [new Map([['x', factor([[1]])]])]);
    assert.deepEqual(Array.from(answers!.get('y')!.data), [2050]);
  });

  it('move the bias where the layer has it, and give one to a layer without', async () => {
    const bias = await lora('bias', 2, Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [`lora_unet_${name}.diff_b`, numbers(1, 0, -1)])));
    const moved = (name: keyof typeof PLAIN) => ({ ...PLAIN[name], bias: PLAIN[name].bias.map((number, i) => number + [2, 0, -2][i]!) });
    const { model } = applyLoras(MODEL, 'denoiser', [bias]);
    assert.deepEqual(await layersOf(model), { a: moved('a'), b: moved('b'), c: moved('c'), 'c again': moved('c again'), d: moved('d') });
    assert.equal(model.graph.nodes.find(({ outputs }) => outputs.includes('a.product'))?.opType, 'MatMul', 'no second sum behind the product');
    // PEFT's bias is one of the factor's, so alpha / rank acts on it
    assert.deepEqual((await applied(await lora('scaled', 2, { ...kohya('a', 1), 'unet.b.lora_B.bias': numbers(1, 0, -1), ...peft('b', [[0, 0]], [[1], [1], [1]]), 'unet.b.alpha': numbers(3) }))).b, { ...PLAIN.b, bias: [6, 0, -6] });
  });

  it('move the biases of nodes without names too, which are known by their weights', async () => {
    const unnamed = tinyModel({
      inputs: [value('x', 'float32', [1, 1])], outputs: ['e', 'f'].map((name) => value(name, 'float32', [1, 1])), initializers: new Map(['e', 'f'].map((name) => [`${name}.weight`, stored([[1]])])),
      nodes: ['e', 'f'].map((name) => node('MatMul', ['x', `${name}.weight`], [name], { name: '' })),
    });
    const { model } = applyLoras(unnamed, 'denoiser', [await lora('both', 1, { 'unet.e.diff_b': factor([[2]]), 'unet.f.diff_b': factor([[3]]) })]);
    const [answers] = await runModel(model, [new Map([['x', factor([[1]])]])]);
    assert.deepEqual(['e', 'f'].map((name) => answers!.get(name)!.data[0]), [3, 4]);
  });

  it('tell which layers the graph lacks, and are refused where it lacks them all', async () => {
    const [some, none] = [await lora('some', 1, { ...peft('a', [[0, 1]], [[1], [1], [1]]), ...peft('elsewhere', [[1]], [[1]]) }), await lora('none', 1, peft('elsewhere', [[1]], [[1]]))];
    const { model, missing } = applyLoras(MODEL, 'denoiser', [some]);
    assert.deepEqual(missing, [{ id: 'some', module: 'elsewhere' }]);
    assert.deepEqual(await layersOf(model), { ...PLAIN, a: { ...PLAIN.a, weight: [[1, 3], [3, 5], [5, 7]] } });
    assert.throws(() => applyLoras(MODEL, 'denoiser', [some, none]), { name: 'AdapterError', message: '<lora:none> was made for another model: this graph has no elsewhere and none of the other layers that it changes; use it with the model it was made for' });
    for (const over of [node('MatMulInteger', ['p', 'q'], ['r']), node('DequantizeLinear', ['b.weight', 's'], ['r'])]) {
      const rounded: Model = { ...MODEL, file: 'int8.onnx', graph: { ...MODEL.graph, nodes: [...MODEL.graph.nodes, over] } };
      assert.throws(() => applyLoras(rounded, 'denoiser', [none]), { name: 'AdapterError', message: /^<lora:none> cannot be added to int8\.onnx, whose weights are rounded to integers; draw with the model/ });
    }
    for (const [tensors, said] of [
      [peft('a', [[1, 1, 1]], [[1], [1], [1]]), 'factors from 3 to 3 for a, which goes from 2 to 3 here'], [peft('a', [[1, 1]], [[1], [1]]), 'factors from 2 to 2 for a, which goes from 2 to 3 here'],
      [{ 'lora_unet_d.diff': factor(W) }, 'a difference of 3×2 for d, which goes from 2 (window of 2) to 3 here'], [{ 'lora_unet_a.diff_b': numbers(1, 2) }, 'a bias of 2 for a, which goes from 2 to 3 here'],
    ] as const) {
      const misfit = await lora('misfit', 1, tensors);
      assert.throws(() => applyLoras(MODEL, 'denoiser', [misfit]), { name: 'AdapterError', message: `<lora:misfit> was made for another model: it has ${said}; use it with the model it was made for` });
    }
  });
});
