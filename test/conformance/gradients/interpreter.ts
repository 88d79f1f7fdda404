/**
 * A small interpreter of ONNX graphs in float64, written from the operators' definitions and slow on purpose: what the
 * gradients of random graphs are compared with, by central differences.
 */
import { floatAttribute, intAttribute, intsAttribute, type Model, type Node } from '../../../src/onnx/model.ts';
import { tensorNumbers } from '../../../src/onnx/tensor.ts';

export interface Value { readonly dims: readonly number[]; readonly data: Float64Array }

type Operator = (inputs: readonly Value[], node: Node) => Value | Value[];

/** All values of the graph from its inputs. Throws for an operator that it does not know. */
export function interpret(model: Model, inputs: ReadonlyMap<string, Value>): Map<string, Value> {
  const values = new Map(inputs);
  for (const [name, t] of model.graph.initializers) values.set(name, { dims: t.dims, data: Float64Array.from(tensorNumbers(t)) });
  for (const node of model.graph.nodes) {
    const operator = operators[node.opType];
    if (!operator) throw new Error(`the interpreter has no ${node.opType}`);
    const results = operator(node.inputs.map((name) => values.get(name) as Value), node);
    (Array.isArray(results) ? results : [results]).forEach((value, i) => values.set(node.outputs[i] as string, value));
  }
  return values;
}

const sizeOf = (dims: readonly number[]): number => dims.reduce((p, d) => p * d, 1);
const stridesOf = (dims: readonly number[]): number[] => dims.map((_, i) => sizeOf(dims.slice(i + 1)));
const axisOf = (node: Node, fallback: number, rank: number): number => { const a = intAttribute(node, 'axis', fallback); return a < 0 ? a + rank : a; };

/** A tensor from a function of its indices. */
function build(dims: readonly number[], at: (index: readonly number[]) => number): Value {
  const data = new Float64Array(sizeOf(dims));
  const index = dims.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    data[i] = at(index);
    for (let k = dims.length - 1; k >= 0; k--) { index[k] = (index[k] as number) + 1; if ((index[k] as number) < (dims[k] as number)) break; index[k] = 0; }
  }
  return { dims: [...dims], data };
}

const read = ({ dims, data }: Value, index: readonly number[]): number => data[index.reduce((o, i, k) => o * (dims[k] as number) + i, 0)] as number;

/** As numpy broadcasts: leading axes are left out, axes of size 1 repeat. */
const readBroadcast = (v: Value, index: readonly number[]): number => read(v, v.dims.map((d, k) => (d === 1 ? 0 : (index[k + index.length - v.dims.length] as number))));

function broadcast(...shapes: (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, i) => Math.max(...shapes.map((s) => s[i - rank + s.length] ?? 1)));
}

const unary = (f: (x: number, node: Node) => number): Operator => ([x], node) => ({ dims: x!.dims, data: x!.data.map((v) => f(v, node)) });
const nary = (f: (...values: number[]) => number): Operator => (xs) => build(broadcast(...xs.map((x) => x.dims)), (i) => f(...xs.map((x) => readBroadcast(x, i))));

/** Elements along some axes, gathered for each place of the others; `f` turns them into one number. */
const reduction = (f: (values: readonly number[]) => number): Operator => ([x, axes], node) => {
  const rank = x!.dims.length;
  const reduced = new Set(axes ? Array.from(axes.data, (a) => (a < 0 ? a + rank : a)) : x!.dims.keys());
  const kept = x!.dims.map((d, k) => (reduced.has(k) ? 1 : d));
  const groups = Array.from({ length: sizeOf(kept) }, (): number[] => []);
  build(x!.dims, (i) => { groups[i.reduce((o, v, k) => o * (kept[k] as number) + (reduced.has(k) ? 0 : v), 0)]!.push(read(x!, i)); return 0; });
  return { dims: intAttribute(node, 'keepdims', 1) ? kept : x!.dims.filter((_, k) => !reduced.has(k)), data: Float64Array.from(groups, f) };
};

/** Replaces each run along one axis by another of the same length. */
const along = (fallback: number, f: (run: number[], node: Node) => number[]): Operator => ([x], node) => alongAxis(x!, axisOf(node, fallback, x!.dims.length), (run) => f(run, node));

function alongAxis(x: Value, axis: number, f: (run: number[]) => number[]): Value {
  const [length, stride] = [x.dims[axis] as number, stridesOf(x.dims)[axis] as number];
  const data = new Float64Array(x.data.length);
  for (let start = 0; start < data.length; start++) {
    if (Math.floor(start / stride) % length !== 0) continue;
    f(Array.from({ length }, (_, k) => x.data[start + k * stride] as number)).forEach((v, k) => { data[start + k * stride] = v; });
  }
  return { dims: x.dims, data };
}

/** (x − mean)/√(var + ε) over the last axes, as many as make `count` elements. */
function normalised(x: Value, count: number, epsilon: number): Value {
  const data = new Float64Array(x.data.length);
  for (let start = 0; start < data.length; start += count) {
    const run = x.data.subarray(start, start + count);
    const mean = run.reduce((s, v) => s + v, 0) / count;
    const variance = run.reduce((s, v) => s + (v - mean) ** 2, 0) / count;
    run.forEach((v, k) => { data[start + k] = (v - mean) / Math.sqrt(variance + epsilon); });
  }
  return { dims: x.dims, data };
}

const affine = (x: Value, scale: Value, bias: Value | undefined, channelAxis?: number): Value => build(x.dims, (i) => {
  const at = channelAxis === undefined ? i : [i[channelAxis] as number];
  return read(x, i) * readBroadcast(scale, at) + (bias ? readBroadcast(bias, at) : 0);
});

const softmax = (run: number[]): number[] => { const m = Math.max(...run); const e = run.map((v) => Math.exp(v - m)); const s = e.reduce((a, v) => a + v, 0); return e.map((v) => v / s); };

function matMul(a: Value, b: Value): Value {
  const [ra, rb] = [a.dims.length, b.dims.length];
  const inner = a.dims[ra - 1] as number;
  const batch = broadcast(a.dims.slice(0, -2), b.dims.slice(0, -2));
  return build([...batch, a.dims[ra - 2] as number, b.dims[rb - 1] as number], (i) => {
    const [m, n] = i.slice(-2) as [number, number];
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += readBroadcast(a, [...i.slice(0, -2), m, k]) * readBroadcast(b, [...i.slice(0, -2), k, n]);
    return sum;
  });
}

const transposed = (x: Value, order: readonly number[]): Value => build(order.map((k) => x.dims[k] as number), (i) => read(x, order.map((_, k) => i[order.indexOf(k)] as number)));

/** Values of every window of a 2-D picture, padded with `fill`. */
function windows(x: Value, node: Node, kernel: readonly number[], f: (picture: (c: number, a: number, b: number) => number, n: number, c: number, kernel: readonly number[]) => number, channels: number, fill: number): Value {
  const [sh, sw] = intsAttribute(node, 'strides') ?? [1, 1];
  const [dh, dw] = intsAttribute(node, 'dilations') ?? [1, 1];
  const [top, left, bottom, right] = intsAttribute(node, 'pads') ?? [0, 0, 0, 0];
  const [n, , h, w] = x.dims as [number, number, number, number];
  const [kh, kw] = kernel as [number, number];
  const out = [Math.floor((h + top! + bottom! - (kh - 1) * dh! - 1) / sh!) + 1, Math.floor((w + left! + right! - (kw - 1) * dw! - 1) / sw!) + 1];
  return build([n, channels, ...out], ([b, c, i, j]) => f((channel, p, q) => {
    const [y, z] = [i! * sh! + p * dh! - top!, j! * sw! + q * dw! - left!];
    return y < 0 || z < 0 || y >= h || z >= w ? fill : read(x, [b!, channel, y, z]);
  }, b!, c!, kernel));
}

const everyCell = ([kh, kw]: readonly number[], f: (a: number, b: number) => void): void => { for (let a = 0; a < kh!; a++) for (let b = 0; b < kw!; b++) f(a, b); };

/** erf to about 1e-15: its series, and the continued fraction of erfc further out (Abramowitz and Stegun 7.1.6, 7.1.14). */
function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 2.5) {
    let [sum, term] = [a, a];
    for (let n = 1; Math.abs(term) > 1e-18 * sum; n++) { term *= (2 * a * a) / (2 * n + 1); sum += term; }
    return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * Math.exp(-a * a) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction));
}

const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));
const sum = (values: readonly number[]): number => values.reduce((s, v) => s + v, 0);
const shaped = (x: Value, dims: readonly number[]): Value => ({ dims: [...dims], data: x.data });

export const operators: Readonly<Record<string, Operator>> = {
  Identity: ([x]) => x!, Neg: unary((v) => -v), Abs: unary(Math.abs), Exp: unary(Math.exp), Log: unary(Math.log), Sqrt: unary(Math.sqrt), Reciprocal: unary((v) => 1 / v),
  Sin: unary(Math.sin), Cos: unary(Math.cos), Tanh: unary(Math.tanh), Atan: unary(Math.atan), Erf: unary(erf), Sigmoid: unary(sigmoid), Relu: unary((v) => Math.max(v, 0)),
  Softplus: unary((v) => Math.log1p(Math.exp(v))), Softsign: unary((v) => v / (1 + Math.abs(v))), LeakyRelu: unary((v, n) => (v > 0 ? v : v * floatAttribute(n, 'alpha', 0.01))),
  Elu: unary((v, n) => (v > 0 ? v : floatAttribute(n, 'alpha', 1) * Math.expm1(v))), Gelu: unary((v) => 0.5 * v * (1 + erf(v * Math.SQRT1_2))), Mish: unary((v) => v * Math.tanh(Math.log1p(Math.exp(v)))),
  HardSwish: unary((v) => v * Math.min(1, Math.max(0, v / 6 + 0.5))), HardSigmoid: unary((v, n) => Math.min(1, Math.max(0, floatAttribute(n, 'alpha', 0.2) * v + floatAttribute(n, 'beta', 0.5)))),
  Add: nary((a, b) => a! + b!), Sub: nary((a, b) => a! - b!), Mul: nary((a, b) => a! * b!), Div: nary((a, b) => a! / b!), Pow: nary((a, b) => a! ** b!),
  Max: nary(Math.max), Min: nary(Math.min), Sum: nary((...v) => sum(v)), Mean: nary((...v) => sum(v) / v.length), PRelu: nary((a, s) => (a! > 0 ? a! : a! * s!)),
  Greater: nary((a, b) => Number(a! > b!)), Where: nary((c, a, b) => (c ? a! : b!)), Clip: nary((a, low, high) => Math.min(high!, Math.max(low!, a!))),
  ReduceSum: reduction(sum), ReduceMean: reduction((v) => sum(v) / v.length), ReduceMax: reduction((v) => Math.max(...v)), ReduceMin: reduction((v) => Math.min(...v)),
  ReduceProd: reduction((v) => v.reduce((p, a) => p * a, 1)), ReduceL2: reduction((v) => Math.sqrt(sum(v.map((a) => a * a)))), ReduceSumSquare: reduction((v) => sum(v.map((a) => a * a))),
  ReduceL1: reduction((v) => sum(v.map(Math.abs))), ReduceLogSumExp: reduction((v) => { const m = Math.max(...v); return m + Math.log(sum(v.map((a) => Math.exp(a - m)))); }),
  Softmax: along(-1, softmax), LogSoftmax: along(-1, (run) => { const m = Math.max(...run); const s = Math.log(sum(run.map((v) => Math.exp(v - m)))); return run.map((v) => v - m - s); }),
  CumSum: ([x, axis]) => alongAxis(x!, axis!.data[0]! < 0 ? axis!.data[0]! + x!.dims.length : axis!.data[0]!, (run) => run.map((_, i) => sum(run.slice(0, i + 1)))),
  LayerNormalization: ([x, g, b], n) => affine(normalised(x!, x!.dims[x!.dims.length - 1]!, floatAttribute(n, 'epsilon', 1e-5)), g!, b),
  InstanceNormalization: ([x, g, b], n) => affine(normalised(x!, sizeOf(x!.dims.slice(2)), floatAttribute(n, 'epsilon', 1e-5)), g!, b, 1),
  MatMul: ([a, b]) => matMul(a!, b!),
  Gemm: ([a, b, c], n) => {
    const side = (v: Value, flag: string): Value => (intAttribute(n, flag, 0) ? transposed(v, [1, 0]) : v);
    const product = matMul(side(a!, 'transA'), side(b!, 'transB'));
    return build(product.dims, (i) => floatAttribute(n, 'alpha', 1) * read(product, i) + (c ? floatAttribute(n, 'beta', 1) * readBroadcast(c, i) : 0));
  },
  Transpose: ([x], n) => transposed(x!, intsAttribute(n, 'perm') ?? x!.dims.map((_, i) => x!.dims.length - 1 - i)),
  Reshape: ([x, s]) => {
    const dims = Array.from(s!.data, (d, i) => (d === 0 ? x!.dims[i]! : d));
    return shaped(x!, dims.map((d) => (d === -1 ? x!.data.length / -sizeOf(dims) : d)));
  },
  Flatten: ([x], n) => { const a = axisOf(n, 1, x!.dims.length); return shaped(x!, [sizeOf(x!.dims.slice(0, a)), sizeOf(x!.dims.slice(a))]); },
  Unsqueeze: ([x, a]) => { const dims = [...x!.dims]; dims.splice(a!.data[0]!, 0, 1); return shaped(x!, dims); },
  Squeeze: ([x, a]) => shaped(x!, x!.dims.filter((_, i) => i !== a!.data[0])),
  Expand: ([x, s]) => build(broadcast(x!.dims, Array.from(s!.data)), (i) => readBroadcast(x!, i)),
  Tile: ([x, r]) => build(x!.dims.map((d, k) => d * r!.data[k]!), (i) => read(x!, i.map((v, k) => v % x!.dims[k]!))),
  Concat: (xs, n) => {
    const axis = axisOf(n, 0, xs[0]!.dims.length);
    return build(xs[0]!.dims.map((d, k) => (k === axis ? sum(xs.map((x) => x.dims[axis]!)) : d)), (i) => {
      let at = i[axis]!;
      const x = xs.find((v) => { if (at < v.dims[axis]!) return true; at -= v.dims[axis]!; return false; })!;
      return read(x, i.map((v, k) => (k === axis ? at : v)));
    });
  },
  Split: ([x, sizes], n) => {
    const axis = axisOf(n, 0, x!.dims.length);
    return Array.from(sizes!.data, (size, k) => build(x!.dims.map((d, a) => (a === axis ? size : d)), (i) => read(x!, i.map((v, a) => (a === axis ? v + sum(Array.from(sizes!.data.slice(0, k))) : v)))));
  },
  Slice: ([x, starts, ends, axes, steps]) => {
    const axis = axes!.data[0]!;
    const step = steps?.data[0] ?? 1;
    const wrap = (v: number): number => (v < 0 ? v + x!.dims[axis]! : v);
    const [from, to] = [Math.min(wrap(starts!.data[0]!), x!.dims[axis]! - (step < 0 ? 1 : 0)), Math.max(step < 0 ? -1 : 0, Math.min(wrap(ends!.data[0]!), x!.dims[axis]!))];
    return build(x!.dims.map((d, k) => (k === axis ? Math.max(0, Math.ceil((to - from) / step)) : d)), (i) => read(x!, i.map((v, k) => (k === axis ? from + v * step : v))));
  },
  Gather: ([x, at], n) => {
    const axis = axisOf(n, 0, x!.dims.length);
    const r = at!.dims.length;
    return build([...x!.dims.slice(0, axis), ...at!.dims, ...x!.dims.slice(axis + 1)], (i) => { const j = read(at!, i.slice(axis, axis + r)); return read(x!, [...i.slice(0, axis), j < 0 ? j + x!.dims[axis]! : j, ...i.slice(axis + r)]); });
  },
  Pad: ([x, pads]) => build(x!.dims.map((d, k) => d + pads!.data[k]! + pads!.data[k + x!.dims.length]!), (i) => { const at = i.map((v, k) => v - pads!.data[k]!); return at.every((v, k) => v >= 0 && v < x!.dims[k]!) ? read(x!, at) : 0; }),
  Trilu: ([x], n) => build(x!.dims, (i) => { const [a, b] = i.slice(-2) as [number, number]; return (intAttribute(n, 'upper', 1) ? b >= a : b <= a) ? read(x!, i) : 0; }),
  Conv: ([x, w, bias], n) => windows(x!, n, w!.dims.slice(2), (picture, _, c, kernel) => {
    const groups = intAttribute(n, 'group', 1);
    const per = w!.dims[1]!;
    const first = Math.floor(c / (w!.dims[0]! / groups)) * per;
    let total = bias ? bias.data[c]! : 0;
    everyCell(kernel, (p, q) => { for (let k = 0; k < per; k++) total += picture(first + k, p, q) * read(w!, [c, k, p, q]); });
    return total;
  }, w!.dims[0]!, 0),
  AveragePool: ([x], n) => windows(x!, n, intsAttribute(n, 'kernel_shape')!, (picture, _, c, kernel) => { let [total, count] = [0, 0]; everyCell(kernel, (p, q) => { const v = picture(c, p, q); if (!Number.isNaN(v)) { total += v; count++; } }); return total / count; }, x!.dims[1]!, NaN),
  MaxPool: ([x], n) => windows(x!, n, intsAttribute(n, 'kernel_shape')!, (picture, _, c, kernel) => { let most = -Infinity; everyCell(kernel, (p, q) => { most = Math.max(most, picture(c, p, q)); }); return most; }, x!.dims[1]!, -Infinity),
  GlobalAveragePool: ([x]) => build([x!.dims[0]!, x!.dims[1]!, 1, 1], ([b, c]) => sum(Array.from(x!.data.slice((b! * x!.dims[1]! + c!) * x!.dims[2]! * x!.dims[3]!, (b! * x!.dims[1]! + c! + 1) * x!.dims[2]! * x!.dims[3]!))) / (x!.dims[2]! * x!.dims[3]!)),
};
