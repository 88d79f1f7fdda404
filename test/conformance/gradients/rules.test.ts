import assert from 'node:assert/strict';
import { differentiate, float, float32Tensor, GraphBuilder, int64Tensor, numberTensor, type AttributeInput, type Model, type SafeTensor, type Tensor, type ValueInfo } from '../../../src/onnx/index.ts';
import { gradientRules } from '../../../src/onnx/gradient/rules.ts';
import type { Rule } from '../../../src/onnx/gradient/rule.ts';
import { runModel, type Feeds } from './session.ts';

/**
 * Every rule against a central difference along a random direction, run in float32, and every rule broken once.
 * The difference is good to about 1e-3; PyTorch's float64 numbers (models.test.ts) are what tells the last digits.
 */
interface Case { readonly op: string; readonly inputs: readonly (readonly number[] | Tensor)[]; readonly attributes?: Record<string, AttributeInput>; readonly range?: readonly [number, number]; readonly outputs?: number }

const STEP = 3e-3;
const BOUND = 1e-2;
const ints = (...v: number[]): Tensor => int64Tensor(v);
const scalar = (v: number): Tensor => numberTensor('float32', [v], []);
const positive: readonly [number, number] = [0.3, 1.5];
const inside: readonly [number, number] = [-0.8, 0.8];

const unary = ['Abs', 'Atan', 'Cos', 'Cosh', 'Erf', 'Exp', 'Neg', 'Identity', 'Relu', 'Sigmoid', 'Sin', 'Sinh', 'Softplus', 'Softsign', 'Tan', 'Tanh', 'Asinh', 'Elu', 'Celu', 'Selu', 'LeakyRelu', 'ThresholdedRelu', 'HardSigmoid', 'HardSwish', 'Mish', 'Gelu'];
const reductions = ['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceSumSquare'];

const cases: Case[] = [
  ...unary.map((op) => ({ op, inputs: [[2, 3]], range: op === 'Tan' ? inside : op === 'ThresholdedRelu' ? ([0.5, 3] as const) : undefined })),
  { op: 'Gelu', inputs: [[2, 3]], attributes: { approximate: 'tanh' } },
  ...['Log', 'Sqrt', 'Reciprocal'].map((op) => ({ op, inputs: [[2, 3]], range: positive })),
  ...['Asin', 'Acos', 'Atanh'].map((op) => ({ op, inputs: [[2, 3]], range: inside })),
  { op: 'Acosh', inputs: [[2, 3]], range: [1.5, 3] },
  ...['Add', 'Sub', 'Mul', 'Max', 'Min', 'Sum', 'Mean', 'PRelu'].flatMap((op) => [{ op, inputs: [[2, 3], [2, 3]] }, { op, inputs: [[2, 3, 4], [3, 1]] }]),
  ...['Add', 'Mul', 'Sub'].map((op) => ({ op, inputs: [[1, 4], [3, 2, 1]] })),
  ...['Max', 'Min'].map((op) => ({ op, inputs: [[2, 3], [3], [2, 1]] })),
  ...[[[2, 3], [2, 3]], [[2, 3], [3]], [[3], [2, 3]]].flatMap((inputs) => ['Div', 'Pow'].map((op) => ({ op, inputs, range: positive }))),
  { op: 'Mod', inputs: [[4], scalar(0.7)], attributes: { fmod: 1 }, range: positive },
  { op: 'Where', inputs: [numberTensor('bool', [1, 0, 1], [3]), [2, 3], [1]] },
  { op: 'Clip', inputs: [[3, 4], scalar(-0.5), scalar(0.4)] },
  { op: 'Clip', inputs: [[3, 4], [], []], range: inside },
  { op: 'Trilu', inputs: [[3, 4]], attributes: { upper: 0 } },
  { op: 'CumSum', inputs: [[3, 4], int64Tensor([1], [])] },
  { op: 'CumSum', inputs: [[3, 4], int64Tensor([0], [])], attributes: { reverse: 1, exclusive: 1 } },
  { op: 'Dropout', inputs: [[2, 3]] },
  ...reductions.flatMap((op) => [
    { op, inputs: [[2, 3, 4], ints(1)], range: positive }, { op, inputs: [[2, 3, 4], ints(-1, 0)], attributes: { keepdims: 0 }, range: positive },
    { op, inputs: [[2, 3]], attributes: { keepdims: 0 }, range: positive },
  ]),
  ...['Softmax', 'LogSoftmax', 'LpNormalization'].flatMap((op) => [{ op, inputs: [[2, 3, 4]] }, { op, inputs: [[2, 3, 4]], attributes: { axis: 1 } }]),
  { op: 'LpNormalization', inputs: [[3, 4]], attributes: { p: 1 } },
  { op: 'LayerNormalization', inputs: [[2, 3, 4], [4], [4]] }, { op: 'LayerNormalization', inputs: [[2, 3, 4], [3, 4]], attributes: { axis: 1 } },
  { op: 'InstanceNormalization', inputs: [[2, 3, 5], [3], [3]] }, { op: 'InstanceNormalization', inputs: [[1, 2, 3, 4], [2], [2]] },
  { op: 'GroupNormalization', inputs: [[2, 4, 3], [2], [2]], attributes: { num_groups: 2 } },
  { op: 'BatchNormalization', inputs: [[2, 3, 4], [3], [3], [3], [3]], range: positive },
  ...[[[2, 3], [3, 4]], [[2, 5, 3], [3, 4]], [[2, 5, 3], [2, 3, 4]], [[5, 3], [2, 3, 4]], [[2, 1, 5, 3], [3, 3, 4]], [[3], [3, 4]], [[2, 3], [3]], [[3], [3]], [[3], [2, 3, 4]], [[2, 5, 3], [3]]].map((inputs) => ({ op: 'MatMul', inputs })),
  ...[[0, 0], [1, 0], [0, 1], [1, 1]].flatMap(([transA = 0, transB = 0]) => [[4], [2, 1], [], [2, 4]].map((bias) => ({ op: 'Gemm', inputs: [transA ? [3, 2] : [2, 3], transB ? [4, 3] : [3, 4], bias], attributes: { transA, transB, alpha: float(0.7), beta: float(1.3) } }))),
  ...([['bij,bjk->bik', [2, 3, 4], [2, 4, 5]], ['nhwpqc->nchpwq', [1, 2, 2, 3, 1, 2]], ['...i,ij->...j', [2, 3, 4], [4, 2]], ['ij,k->i', [2, 3], [4]], ['i,j->ij', [2], [3]]] as [string, ...number[][]][])
    .map(([equation, ...inputs]) => ({ op: 'Einsum', inputs, attributes: { equation } })),
  { op: 'Conv', inputs: [[2, 3, 5, 6], [4, 3, 3, 3], [4]], attributes: { pads: [1, 1, 1, 1] } },
  { op: 'Conv', inputs: [[2, 3, 6, 5], [4, 3, 3, 2]], attributes: { strides: [2, 3], pads: [1, 0, 0, 1] } },
  { op: 'Conv', inputs: [[1, 2, 7, 7], [2, 2, 3, 3]], attributes: { dilations: [2, 1], strides: [1, 2] } },
  { op: 'Conv', inputs: [[2, 4, 5, 5], [6, 2, 3, 3], [6]], attributes: { group: 2, strides: [2, 2] } },
  { op: 'Conv', inputs: [[2, 3, 5, 5], [3, 1, 3, 3]], attributes: { group: 3, pads: [1, 1, 1, 1] } },
  { op: 'Conv', inputs: [[1, 2, 6, 7], [2, 2, 3, 2]], attributes: { auto_pad: 'SAME_UPPER', strides: [2, 2] } },
  { op: 'Conv', inputs: [[1, 2, 6], [2, 2, 2]], attributes: { auto_pad: 'SAME_LOWER' } },
  { op: 'Conv', inputs: [[2, 3, 4, 4], [5, 3, 1, 1], [5]] },
  { op: 'ConvTranspose', inputs: [[2, 3, 4, 3], [3, 2, 3, 3], [2]], attributes: { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] } },
  { op: 'ConvTranspose', inputs: [[1, 4, 4], [4, 2, 3]], attributes: { group: 2 } },
  { op: 'ConvTranspose', inputs: [[1, 2, 4, 4], [2, 3, 2, 3]], attributes: { dilations: [2, 1] } },
  { op: 'AveragePool', inputs: [[2, 3, 5, 6]], attributes: { kernel_shape: [2, 3], strides: [2, 2] } },
  { op: 'AveragePool', inputs: [[1, 2, 5, 5]], attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] } },
  { op: 'AveragePool', inputs: [[1, 2, 5, 5]], attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1, strides: [2, 1] } },
  { op: 'MaxPool', inputs: [[2, 3, 5, 6]], attributes: { kernel_shape: [2, 3], strides: [2, 2] }, range: [-30, 30] },
  { op: 'MaxPool', inputs: [[1, 2, 6, 6]], attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }, range: [-30, 30] },
  ...['GlobalAveragePool', 'GlobalMaxPool'].map((op) => ({ op, inputs: [[2, 3, 4, 5]] })),
  { op: 'Reshape', inputs: [[2, 6], ints(3, -1)] }, { op: 'Flatten', inputs: [[2, 3, 4]], attributes: { axis: 2 } },
  { op: 'Squeeze', inputs: [[2, 1, 3], ints(-2)] }, { op: 'Unsqueeze', inputs: [[2, 3], ints(0, -1)] },
  { op: 'Expand', inputs: [[3, 1], ints(2, 3, 4)] }, { op: 'Tile', inputs: [[2, 3], ints(2, 3)] },
  { op: 'Transpose', inputs: [[2, 3, 4]], attributes: { perm: [2, 0, 1] } }, { op: 'Transpose', inputs: [[2, 3]] },
  { op: 'Concat', inputs: [[2, 3], [2, 1], [2, 2]], attributes: { axis: -1 } },
  { op: 'Split', inputs: [[2, 6], ints(1, 2, 3)], attributes: { axis: 1 }, outputs: 3 },
  { op: 'Slice', inputs: [[5, 6], ints(1, -4), ints(4, 100), ints(0, 1)] }, { op: 'Slice', inputs: [[5, 6], ints(4, 1), ints(-10, 6), ints(0, 1), ints(-2, 3)] },
  { op: 'Gather', inputs: [[5, 3], int64Tensor([0, -1, 2, 2], [2, 2])] }, { op: 'Gather', inputs: [[2, 5, 3], int64Tensor([3], [])], attributes: { axis: 1 } }, { op: 'Gather', inputs: [[2, 5], ints(4, 4, 0)], attributes: { axis: -1 } },
  { op: 'GatherElements', inputs: [[3, 4], int64Tensor([0, 1, 2, 0, 0, 3], [3, 2])], attributes: { axis: 1 } },
  { op: 'GatherND', inputs: [[3, 4], int64Tensor([0, 1, 2, 3, 0, 1], [3, 2])] },
  ...['none', 'add'].flatMap((reduction) => [
    { op: 'ScatterND', inputs: [[4, 3], int64Tensor([1, 3], [2, 1]), [2, 3]], attributes: { reduction } },
    { op: 'ScatterElements', inputs: [[3, 4], int64Tensor([0, 1, 2, 0, 3, 1], [3, 2]), [3, 2]], attributes: { reduction, axis: 1 } },
  ]),
  { op: 'Pad', inputs: [[3, 4], ints(1, 0, 2, -1)] },
  ...['reflect', 'edge', 'wrap'].map((mode) => ({ op: 'Pad', inputs: [[4, 5], ints(1, 2, 2, 0)], attributes: { mode } })),
  { op: 'DepthToSpace', inputs: [[1, 8, 2, 3]], attributes: { blocksize: 2 } }, { op: 'DepthToSpace', inputs: [[1, 8, 2, 3]], attributes: { blocksize: 2, mode: 'CRD' } },
  { op: 'SpaceToDepth', inputs: [[1, 2, 4, 6]], attributes: { blocksize: 2 } },
  { op: 'TopK', inputs: [[3, 5], ints(2)], outputs: 2 },
  ...['asymmetric', 'half_pixel', 'align_corners'].flatMap((coordinate_transformation_mode) => ['nearest', 'linear', 'cubic'].map((mode) => (
    { op: 'Resize', inputs: [[1, 2, 3, 4], numberTensor('float32', [], [0]), numberTensor('float32', [], [0]), ints(1, 2, 5, 7)], attributes: { mode, coordinate_transformation_mode } }))),
  { op: 'Resize', inputs: [[1, 2, 3, 4], numberTensor('float32', [], [0]), numberTensor('float32', [1, 1, 2, 2], [4])], attributes: { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' } },
];

describe('gradient rules agree with differences', function () {
  this.timeout(60_000);

  cases.forEach((c, i) => {
    it(`${i} ${c.op} ${c.inputs.map((s) => (Array.isArray(s) ? `[${s.join()}]` : '·')).join(' ')} ${Object.values(c.attributes ?? {}).map(String).join(' ')}`, async () => {
      const error = await errorOf(c);
      assert.ok(error < BOUND, `error ${error.toExponential(2)}`);
    });
  });

  it('covers every rule that an operator set of 18 to 20 has, and each fails when broken', async function () {
    const exempt = new Set(['RMSNormalization', 'SimplifiedLayerNormalization', 'Swish']); // no kernel in a standard set below 23
    for (const [op, rule] of gradientRules) {
      if (exempt.has(op)) continue;
      const own = cases.filter((c) => c.op === op);
      assert.ok(own.length > 0, `no case for ${op}`);
      const broken: Rule = (call) => rule(call).map((g) => g && call.b.scale(g, 1.2));
      const errors = [];
      for (const c of own.slice(0, 1)) errors.push(await errorOf(c, new Map([...gradientRules, [op, broken]])));
      assert.ok(Math.max(...errors) > BOUND, `${op} broken is not noticed`);
    }
  });
});

/** Relative difference between ⟨gradient, direction⟩ and a central difference of ⟨output, cotangent⟩. */
async function errorOf(c: Case, rules?: ReadonlyMap<string, Rule>): Promise<number> {
  const random = generator(cases.indexOf(c) + 1);
  const [low, high] = c.range ?? [-1.5, 1.5];
  const names = c.inputs.map((_, i) => `x${i}`);
  const shapes = c.inputs.map((s) => (Array.isArray(s) ? (s as number[]) : undefined));
  const inputs: ValueInfo[] = shapes.flatMap((shape, i) => (shape ? [{ name: names[i] as string, dtype: 'float32' as const, shape }] : []));
  const initializers = new Map(c.inputs.flatMap((s, i) => (Array.isArray(s) ? [] : [[names[i] as string, s as Tensor] as const])));
  const empty: Model = {
    irVersion: 9, opsets: new Map([['', 20]]), producerName: '', producerVersion: '', domain: '', modelVersion: 0n, doc: '', metadata: new Map(), functions: [],
    graph: { name: 'case', doc: '', nodes: [], inputs, outputs: [], values: new Map(), initializers },
  };
  const b = new GraphBuilder(empty);
  const ys = b.ops(c.op, names, Array.from({ length: c.outputs ?? 1 }, (_, i) => `y${i}`), c.attributes).filter((y) => b.dtypeOf(y) === 'float32');
  const model = b.finish(ys);
  const wrt = inputs.map((i) => i.name);
  const gradient = differentiate(model, { wrt, rules });

  const draw = (shape: readonly number[], from: number, to: number): Float32Array => Float32Array.from({ length: shape.reduce((p, n) => p * n, 1) }, () => from + (to - from) * random());
  const at = new Map(inputs.map(({ name, shape }) => [name, draw(shape as number[], low, high)]));
  const direction = new Map(inputs.map(({ name, shape }) => [name, draw(shape as number[], 0.2, 1).map((v) => (random() < 0.5 ? v : -v))]));
  const feeds = (step: number): Map<string, SafeTensor> => new Map(inputs.map(({ name, shape }) =>
    [name, float32Tensor((at.get(name) as Float32Array).map((v, i) => v + step * (direction.get(name)?.[i] ?? 0)), shape as number[])]));

  const [up, down] = await runModel(model, [feeds(STEP), feeds(-STEP)]);
  const cotangents = new Map(ys.map((y) => [y, draw(up?.get(y)?.dims ?? [], 0.2, 1)]));
  const gradientFeeds: Feeds = new Map([...feeds(0), ...ys.map((y) => [`grad_${y}`, float32Tensor(cotangents.get(y) as Float32Array, up?.get(y)?.dims ?? [])] as const)]);
  const [result] = await runModel(gradient, [gradientFeeds]);
  let difference = 0;
  for (const y of ys) cotangents.get(y)?.forEach((w, i) => { difference += (w * ((up?.get(y)?.data[i] ?? NaN) - (down?.get(y)?.data[i] ?? NaN))) / (2 * STEP); });
  let product = 0;
  let size = 0;
  for (const { name, shape } of inputs) {
    const got = result?.get(`grad_${name}`);
    assert.deepEqual([...(got?.dims ?? [])], shape);
    direction.get(name)?.forEach((d, i) => { product += d * (got?.data[i] ?? NaN); size += (d * (got?.data[i] ?? NaN)) ** 2; });
  }
  const error = Math.abs(product - difference) / Math.max(Math.abs(difference), 0.1 * Math.sqrt(size), 1e-3);
  return Number.isNaN(error) ? Infinity : error;
}

function generator(seed: number): () => number {
  let state = seed * 2654435761;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}
