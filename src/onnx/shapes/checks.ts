/**
 * What ONNX demands of a node's inputs and attributes, as far as it can be seen before anything runs. A model that breaks
 * it is refused here, with the node's name, and not when a runtime opens what was made of it.
 */
import type { Dim } from '../dim.ts';
import type { Call } from './types.ts';

type Check = (c: Call) => void;

const text = (shape: readonly Dim[]): string => `[${shape.join(', ')}]`;
const differ = (a: Dim | undefined, b: Dim | undefined): boolean => typeof a === 'number' && typeof b === 'number' && a !== b;

/** Inputs from `first` on are of one element type. */
const oneType = (first = 0): Check => (c) => {
  const known = c.inputs.slice(first).flatMap((t) => t?.dtype ?? []);
  const other = known.find((dtype) => dtype !== known[0]);
  if (other !== undefined) throw c.error(`inputs are ${known[0]} and ${other}; they must be of one type`);
};

/** `axis` lies within the rank of input 0. */
const axisInRank = (fallback: number): Check => (c) => {
  const rank = c.shape()?.length;
  const axis = c.int('axis', fallback);
  if (rank !== undefined && rank > 0 && (axis < -rank || axis >= rank)) throw c.error(`axis ${axis} is not one of ${text(c.shape()!)}`);
};

const permutation: Check = (c) => {
  const [shape, order] = [c.shape(), c.ints('perm')];
  if (shape && order && [...order].sort((p, q) => p - q).join() !== shape.map((_, i) => i).join()) throw c.error(`perm ${text(order)} does not order the axes of ${text(shape)}`);
};

const joinable: Check = (c) => {
  const shapes = c.inputs.flatMap((t) => (t?.shape ? [t.shape] : []));
  const [first] = shapes;
  if (!first) return;
  const axis = c.int('axis', 0);
  const along = axis < 0 ? axis + first.length : axis;
  const odd = shapes.find((s) => s.length !== first.length || s.some((d, i) => i !== along && differ(d, first[i])));
  if (odd) throw c.error(`shapes ${text(first)} and ${text(odd)} do not join along axis ${axis}`);
};

const sameCount: Check = (c) => {
  const [from, to] = [c.shape(), c.numbers(1)];
  if (!from?.every((d) => typeof d === 'number') || !to || (to.includes(0) && c.int('allowzero', 0) === 0)) return;
  const [count, wanted] = [from, to.filter((d) => d !== -1)].map((dims) => dims.reduce((p, d) => p * d, 1)) as [number, number];
  if (to.includes(-1) ? wanted === 0 || count % wanted !== 0 : count !== wanted) throw c.error(`${text(from)} has ${count} elements and does not become ${text(to)}`);
};

const windows = (channels: 0 | 1): Check => (c) => {
  const [x, w] = [c.shape(0), c.shape(1)];
  if (!x || !w) return;
  if (x.length !== w.length) throw c.error(`the picture ${text(x)} and the kernel ${text(w)} have different ranks`);
  const n = x.length - 2;
  for (const [name, length] of [['strides', n], ['dilations', n], ['pads', 2 * n], ['output_padding', n]] as const) {
    const given = c.ints(name)?.length;
    if (given !== undefined && given !== length) throw c.error(`${name} has ${given} numbers for ${n} axes; it needs ${length}`);
  }
  const wanted = w[channels === 1 ? 1 : 0];
  const group = c.int('group', 1);
  if (typeof wanted === 'number' && differ(x[1], channels === 1 ? wanted * group : wanted)) throw c.error(`the picture ${text(x)} has ${x[1]} channels, which the kernel ${text(w)} with ${group} group(s) does not take`);
};

const gemm: Check = (c) => {
  const [a, b] = [c.shape(0), c.shape(1)];
  if (a && b && differ(a[c.int('transA', 0) ? 0 : 1], b[c.int('transB', 0) ? 1 : 0])) throw c.error(`matrices ${text(a)} and ${text(b)} do not multiply`);
};

const all = (...checks: readonly Check[]): Check => (c) => { for (const check of checks) check(c); };

const checks = new Map<string, Check>(Object.entries({
  ...Object.fromEntries(['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max', 'Sum', 'Mean', 'Equal', 'Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual', 'MatMul'].map((op) => [op, oneType()])),
  ...Object.fromEntries(['Softmax', 'LogSoftmax', 'Hardmax', 'TopK'].map((op) => [op, axisInRank(-1)])),
  ...Object.fromEntries(['Gather', 'Split', 'ArgMax', 'ArgMin', 'GatherElements', 'ScatterElements'].map((op) => [op, axisInRank(0)])),
  Where: oneType(1), LayerNormalization: all(axisInRank(-1), oneType()), InstanceNormalization: oneType(), Concat: all(axisInRank(0), oneType(), joinable), Transpose: permutation, Reshape: sameCount,
  Gemm: all(oneType(), gemm), Conv: all(oneType(), windows(1)), ConvTranspose: all(oneType(), windows(0)),
}));

/** Throws `OnnxError` when the node cannot be what ONNX means by it. */
export function checkNode(c: Call): void {
  if (c.node.domain === '') checks.get(c.node.opType)?.(c);
}
