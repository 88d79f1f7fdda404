/** Seeded random compositions of the operators that have gradients, over a symbolic batch B and sequence S. */
import { float, float32Tensor, GraphBuilder, int64Tensor, numberTensor, type Dim, type Model, type SafeTensor } from '../../../src/onnx/index.ts';
import type { Value } from './interpreter.ts';

export interface RandomGraph {
  readonly seed: number;
  readonly model: Model;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Input values for sizes of the symbols, and the directions and cotangents that go with them. */
  draw(name: string, sizes: Readonly<Record<string, number>>): Value;
}

export function generator(seed: number): () => number {
  let state = seed * 2654435761;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

type Maker = (g: Growth) => string | readonly string[] | undefined;

/** The graph so far: values to choose from, and weights made on the way. */
class Growth {
  readonly values: string[] = [];
  constructor(readonly b: GraphBuilder, readonly random: () => number) {}

  integer(below: number): number { return Math.floor(this.random() * below); }
  pick<T>(items: readonly T[]): T { return items[this.integer(items.length)] as T; }
  dims(x: string): readonly Dim[] { return this.b.shapeOf(x); }
  any(fits: (dims: readonly Dim[]) => boolean = () => true): string | undefined {
    const fitting = this.values.filter((v) => fits(this.dims(v)));
    // Later values more often: graphs should be deep.
    return fitting.length === 0 ? undefined : fitting[Math.min(fitting.length - 1, Math.floor(fitting.length * Math.sqrt(this.random())))];
  }
  weight(...dims: number[]): string {
    return this.b.constant(numberTensor('float32', Float32Array.from({ length: dims.reduce((p, d) => p * d, 1) }, () => (this.random() * 2 - 1) / Math.sqrt(dims[0] ?? 1)), dims), 'weight');
  }
  ints(...values: number[]): string { return this.b.int64(values); }
  /** A size that the maker's condition has found to be known. */
  size(x: string, axis: number): number { return this.dims(x).at(axis) as number; }
  shuffled(items: number[]): number[] { return items.map((item) => [this.random(), item] as const).sort((p, q) => p[0] - q[0]).map(([, item]) => item); }
}

const rank = (low: number, high = low) => (dims: readonly Dim[]): boolean => dims.length >= low && dims.length <= high;
const known = (dim: Dim | undefined): dim is number => typeof dim === 'number';
const last = (dims: readonly Dim[]): Dim => dims[dims.length - 1] as Dim;
const wide = (dims: readonly Dim[]): boolean => dims.length >= 2 && known(last(dims)) && last(dims) !== 1;
const picture = (dims: readonly Dim[]): boolean => dims.length === 4 && known(dims[1]) && known(dims[2]) && known(dims[3]) && dims[2] >= 3 && dims[3] >= 3;

const one = (op: string): Maker => (g) => { const x = g.any(); return x && g.b.op(op, [x]); };
/** An operator that is only smooth for numbers well above zero. */
const ofPositive = (op: string): Maker => (g) => { const x = g.any(); return x && g.b.op(op, [g.b.shift(g.b.mul(x, x), 0.5)]); };
const two = (op: string): Maker => (g) => {
  const x = g.any();
  if (!x) return undefined;
  const y = g.any((dims) => dims.every((d, i) => { const k = i - dims.length + g.dims(x).length; return k >= 0 && (d === 1 || d === g.dims(x)[k]); }));
  return y && g.b.op(op, op === 'PRelu' || g.random() < 0.5 ? [x, y] : [y, x]);
};
const reduced = (op: string): Maker => (g) => {
  const x = g.any(rank(1, 4));
  if (!x) return undefined;
  const axis = g.integer(g.dims(x).length);
  return g.b.op(op, [x, g.ints(axis)], { keepdims: g.integer(2) });
};

/** One node or a few, or nothing when no value fits. */
const makers: readonly (readonly [string, Maker])[] = [
  ...['Neg', 'Abs', 'Sin', 'Cos', 'Tanh', 'Atan', 'Erf', 'Sigmoid', 'Relu', 'Softplus', 'Softsign', 'LeakyRelu', 'Elu', 'Gelu', 'Mish', 'HardSwish', 'HardSigmoid'].map((op) => [op, one(op)] as const),
  ...['Log', 'Sqrt', 'Reciprocal'].map((op) => [op, ofPositive(op)] as const),
  ...['Add', 'Sub', 'Mul', 'Max', 'Min', 'PRelu'].map((op) => [op, two(op)] as const),
  ...['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceSumSquare', 'ReduceL1', 'ReduceLogSumExp', 'ReduceProd'].map((op) => [op, reduced(op)] as const),
  ['Exp', (g) => { const x = g.any(); return x && g.b.op('Exp', [g.b.op('Tanh', [x])]); }],
  ['Div', (g) => { const x = g.any(); const y = x && g.any((d) => d.join() === g.dims(x).join()); return x && y && g.b.div(x, g.b.shift(g.b.mul(y, y), 0.7)); }],
  ['Pow', (g) => { const x = g.any(); return x && g.b.op('Pow', [g.b.shift(g.b.mul(x, x), 0.5), g.weight(1)]); }],
  ['Sum', (g) => { const x = g.any(rank(2, 4)); return x && g.b.op('Sum', [x, x, g.weight(1)]); }],
  ['Mean', (g) => { const x = g.any(rank(2, 4)); return x && g.b.op('Mean', [x, g.weight(1), x]); }],
  ['Clip', (g) => { const x = g.any(); return x && g.b.op('Clip', [x, g.b.scalar(-0.8, 'float32'), g.b.scalar(0.9, 'float32')]); }],
  ['Where', (g) => { const x = g.any(); return x && g.b.where(g.b.op('Greater', [x, g.b.scalar(0.2, 'float32')]), g.b.op('Sin', [x]), x); }],
  ['Softmax', (g) => { const x = g.any(rank(2, 4)); return x && g.b.op('Softmax', [x], { axis: g.integer(g.dims(x).length) }); }],
  ['LogSoftmax', (g) => { const x = g.any(rank(2, 4)); return x && g.b.op('LogSoftmax', [x], { axis: -1 }); }],
  ['CumSum', (g) => { const x = g.any(rank(2, 3)); return x && g.b.op('CumSum', [x, g.b.int64([-1], [])]); }],
  ['LayerNormalization', (g) => { const x = g.any(wide); return x && g.b.op('LayerNormalization', [x, g.weight(g.size(x, -1)), g.weight(g.size(x, -1))], { epsilon: float(0.1) }); }],
  ['InstanceNormalization', (g) => { const x = g.any(picture); return x && g.b.op('InstanceNormalization', [x, g.weight(g.size(x, 1)), g.weight(g.size(x, 1))], { epsilon: float(0.1) }); }],
  ['MatMul', (g) => { const x = g.any(wide); return x && g.b.matMul(x, g.weight(g.size(x, -1), 2 + g.integer(3))); }],
  ['MatMul of two', (g) => { const x = g.any(rank(3, 4)); return x && g.b.matMul(g.b.op('Softmax', [g.b.matMul(x, g.b.transposeMatrix(x))], { axis: -1 }), x); }],
  ['Gemm', (g) => { const x = g.any((d) => d.length === 2 && known(d[1])); return x && g.b.op('Gemm', [x, g.weight(3, g.size(x, 1)), g.weight(3)], { transB: 1, alpha: float(0.5), beta: float(1.5) }); }],
  ['Transpose', (g) => { const x = g.any(rank(2, 4)); return x && g.b.transpose(x, g.shuffled([...g.dims(x).keys()])); }],
  ['Unsqueeze', (g) => { const x = g.any(rank(1, 3)); return x && g.b.unsqueeze(x, [g.integer(g.dims(x).length + 1)]); }],
  ['Squeeze', (g) => { const x = g.any((d) => d.length > 1 && d.includes(1)); return x && g.b.squeeze(x, [g.dims(x).indexOf(1)]); }],
  ['Flatten', (g) => { const x = g.any(rank(2, 4)); return x && g.b.op('Flatten', [x], { axis: 1 }); }],
  ['Reshape', (g) => { const x = g.any((d) => d.length >= 2 && last(d) === 4); return x && g.b.op('Reshape', [x, g.ints(...g.dims(x).slice(0, -1).map(() => 0), 2, -1)]); }],
  ['Expand', (g) => { const x = g.any((d) => d.length >= 1 && d[0] === 1); return x && g.b.op('Expand', [x, g.ints(2, ...g.dims(x).slice(1).map(() => 1))]); }],
  ['Tile', (g) => { const x = g.any(rank(2, 3)); return x && g.b.op('Tile', [x, g.ints(...g.dims(x).map((_, i) => (i === 1 ? 2 : 1)))]); }],
  ['Concat', (g) => { const x = g.any(rank(2, 4)); return x && g.b.concat([x, g.b.neg(x)], g.integer(g.dims(x).length)); }],
  ['Split', (g) => { const x = g.any((d) => wide(d) && (last(d) as number) >= 3); return x && g.b.ops('Split', [x, g.ints(1, g.size(x, -1) - 1)], 2, { axis: g.dims(x).length - 1 }); }],
  ['Slice', (g) => { const x = g.any(wide); return x && g.b.op('Slice', [x, g.ints(1), g.ints(100), g.ints(g.dims(x).length - 1), g.ints(1)]); }],
  ['Slice backwards', (g) => { const x = g.any(wide); return x && g.b.op('Slice', [x, g.ints(-1), g.ints(-100), g.ints(g.dims(x).length - 1), g.ints(-2)]); }],
  ['Gather', (g) => { const x = g.any(wide); return x && g.b.op('Gather', [x, g.ints(0, -1, 0)], { axis: g.dims(x).length - 1 }); }],
  ['Pad', (g) => { const x = g.any(rank(2, 3)); return x && g.b.op('Pad', [x, g.ints(...g.dims(x).map(() => 0), ...g.dims(x).map((_, i, all) => (i === all.length - 1 ? 2 : 0)))]); }],
  ['Trilu', (g) => { const x = g.any(rank(2, 3)); return x && g.b.op('Trilu', [x], { upper: g.integer(2) }); }],
  ['Conv', (g) => { const x = g.any(picture); return x && g.b.op('Conv', [x, g.weight(2, g.size(x, 1), 3, 2), g.weight(2)], { pads: [1, 0, 1, 1], strides: [1 + g.integer(2), 1] }); }],
  ['AveragePool', (g) => { const x = g.any(picture); return x && g.b.op('AveragePool', [x], { kernel_shape: [2, 2], pads: [1, 0, 0, 1], strides: [1, 2] }); }],
  ['MaxPool', (g) => { const x = g.any(picture); return x && g.b.op('MaxPool', [x], { kernel_shape: [2, 3], strides: [1, 1] }); }],
  ['GlobalAveragePool', (g) => { const x = g.any(picture); return x && g.b.op('GlobalAveragePool', [x]); }],
];

export const makerNames = makers.map(([name]) => name);

/** A graph of 4 to 14 steps; `used` hears what they were. */
export function randomGraph(seed: number, used?: Map<string, number>): RandomGraph {
  const random = generator(seed + 1);
  const shapes: Record<string, Dim[]> = { x0: ['B', 'S', 4], x1: ['B', 2, 3, 4], x2: ['S', 3], x3: [4] };
  const chosen = Object.entries(shapes).filter(() => random() < 0.6);
  const inputs = (chosen.length > 0 ? chosen : Object.entries(shapes).slice(0, 1)).map(([name, shape]) => ({ name, dtype: 'float32' as const, shape }));
  const b = new GraphBuilder({
    irVersion: 9, opsets: new Map([['', 22]]), producerName: '', producerVersion: '', domain: '', modelVersion: 0n, doc: '', metadata: new Map(), functions: [],
    graph: { name: `random ${seed}`, doc: '', nodes: [], inputs, outputs: [], values: new Map(), initializers: new Map([['one', int64Tensor([1])]]) },
  }, 'v');
  const g = new Growth(b, random);
  g.values.push(...inputs.map((i) => i.name));
  for (let step = 4 + g.integer(11), tries = 0; step > 0 && tries < 100; tries++) {
    const [name, make] = g.pick(makers);
    const made = make(g);
    if (made === undefined) continue;
    used?.set(name, (used.get(name) ?? 0) + 1);
    // Kept near one, so that float32 has digits left at the end.
    g.values.push(...(typeof made === 'string' ? [made] : made).map((v) => (random() < 0.3 ? b.op('Tanh', [v]) : v)));
    step--;
  }
  const outputs = g.values.slice(inputs.length).slice(-2);
  const named = outputs.map((v, i) => b.op('Identity', [v], {}, { as: `y${i}` }));
  return {
    seed, model: b.finish(named), inputs: inputs.map((i) => i.name), outputs: named,
    draw: (name, sizes) => {
      const dims = (b.shapeOf(name)).map((d) => (typeof d === 'number' ? d : (sizes[d] ?? NaN)));
      const own = generator(seed * 31 + name.length * 7 + name.charCodeAt(name.length - 1));
      return { dims, data: Float64Array.from({ length: dims.reduce((p, d) => p * d, 1) }, () => Math.fround(own() * 2.4 - 1.2)) };
    },
  };
}

export const feedOf = ({ dims, data }: Value): SafeTensor => float32Tensor(Float32Array.from(data), [...dims]);
