/** Gradients of matrix products. Transposes go into Gemm where one side is a matrix: frozen weights are then not copied. */
import type { GraphBuilder } from '../builder.ts';
import type { Dim } from '../dim.ts';
import { printEinsum, parseEinsum } from '../einsum.ts';
import type { Rule } from './rule.ts';

/** dA = g·Bᵀ, dB = Aᵀ·g; batch axes that were broadcast are summed. */
const matMul: Rule = (c) => {
  const { b } = c;
  const [ra, rb] = [b.rankOf(c.in(0)), b.rankOf(c.in(1))];
  if (rb === 2 && ra >= 2) return withMatrix(b, c.g, c.in(0), c.in(1));
  // A vector is a matrix with one row or one column.
  const A = ra === 1 ? b.unsqueeze(c.in(0), [0]) : c.in(0);
  const B = rb === 1 ? b.unsqueeze(c.in(1), [1]) : c.in(1);
  let g = c.g;
  if (rb === 1) g = b.unsqueeze(g, [b.rankOf(g)]);
  if (ra === 1) g = b.unsqueeze(g, [b.rankOf(g) - 1]);
  const dA = sumBatch(b, b.matMul(g, b.transposeMatrix(B)), A);
  const dB = sumBatch(b, b.matMul(b.transposeMatrix(A), g), B);
  return [b.reshapeLike(dA, c.in(0)), b.reshapeLike(dB, c.in(1))];
};

/** x [..., K] times a matrix [K, N]: all rows at once. */
function withMatrix(b: GraphBuilder, g: string, x: string, w: string): [string, string] {
  const [k = 1, n = 1] = b.shapeOf(w);
  const rows = rowsOf(b, g, n);
  const dx = b.reshapeLike(b.op('Gemm', [rows, w], { transB: 1 }), x);
  return [dx, b.op('Gemm', [rowsOf(b, x, k), rows], { transA: 1 })];
}

function rowsOf(b: GraphBuilder, v: string, width: Dim): string {
  if (b.rankOf(v) === 2) return v;
  return typeof width === 'number' ? b.reshape(v, [-1, width]) : b.op('Flatten', [v], { axis: b.rankOf(v) - 1 });
}

/** Batch axes of a product that the operand did not have, or had as 1. Unequal symbols are settled at run time. */
function sumBatch(b: GraphBuilder, v: string, operand: string): string {
  const lead = b.rankOf(v) - b.rankOf(operand);
  const flat = lead > 0 ? b.squeeze(b.sum(v, [...Array(lead).keys()]), [...Array(lead).keys()]) : v;
  return sumBroadcast(b, flat, operand);
}

/** Sums the axes along which `like` was broadcast to v's shape; their number is equal. Axes where v has 1 are left alone. */
export function sumBroadcast(b: GraphBuilder, v: string, like: string): string {
  const [from, to] = [b.shapeOf(v), b.shapeOf(like)];
  const sure = to.flatMap((d, i) => (d === 1 && from[i] !== 1 ? [i] : []));
  const unsure = to.some((d, i) => d !== 1 && d !== from[i] && from[i] !== 1 && typeof d !== 'number');
  const summed = b.sum(v, sure);
  if (!unsure) return summed;
  const differs = b.op('Not', [b.op('Equal', [b.op('Shape', [like]), b.op('Shape', [summed])])]);
  const axes = b.op('Reshape', [b.op('NonZero', [differs]), b.int64([-1])]);
  const settled = b.op('ReduceSum', [summed, axes], { keepdims: 1, noop_with_empty_axes: 1 });
  return b.known(settled, to.map((d, i) => (from[i] === 1 ? 1 : d)));
}

const gemm: Rule = (c) => {
  const { b, g } = c;
  const [A, B] = [c.in(0), c.in(1)];
  const [alpha, beta, tA, tB] = [c.float('alpha', 1), c.float('beta', 1), c.int('transA', 0), c.int('transB', 0)];
  const product = (l: string, transA: number, r: string, transB: number): string => b.scale(b.op('Gemm', [l, r], { transA, transB }), alpha);
  return [
    tA ? product(B, tB, g, 1) : product(g, 0, B, 1 - tB),
    tB ? product(g, 1, A, tA) : product(A, 1 - tA, g, 0),
    c.has(2) ? b.scale(sumToMatrix(b, g, c.in(2)), beta) : null,
  ];
};

function sumToMatrix(b: GraphBuilder, g: string, bias: string): string {
  const rank = b.rankOf(bias);
  if (rank === 2) return sumBroadcast(b, g, bias);
  const lead = [...Array(2 - rank).keys()];
  return sumBroadcast(b, b.squeeze(b.sum(g, lead), lead), bias);
}

/**
 * Each operand's gradient is an Einsum of g with the others; labels that only it has are spread afterwards, and one that
 * it has twice lies on a diagonal.
 */
const einsum: Rule = (c) => {
  const { b, g } = c;
  const { inputs, output } = parseEinsum(c.string('equation', ''), c.x.map((x) => b.rankOf(x)));
  return inputs.map((own, i) => {
    const x = c.in(i);
    const others = inputs.filter((_, j) => j !== i);
    const available = new Set([...output, ...others.flat()]);
    const first = (label: string, k: number): boolean => own.indexOf(label) === k;
    const found = own.filter((label, k) => available.has(label) && first(label, k));
    const v = b.op('Einsum', [g, ...c.x.filter((_, j) => j !== i)], { equation: printEinsum([output, ...others], found) });
    const missing = own.flatMap((label, k) => (available.has(label) && first(label, k) ? [] : [k]));
    // A label may be broadcast (size 1 here, larger elsewhere): sum what is too large, spread what is missing.
    const spread = b.expand(sumBroadcast(b, b.unsqueeze(v, missing), x), b.shapeOf(x), x);
    return own.reduce((masked, label, k) => (first(label, k) ? masked : b.mul(masked, diagonal(b, x, own.indexOf(label), k))), spread);
  });
};

/** 1 where the indices along two axes of x are equal, else 0; broadcasts against x. */
function diagonal(b: GraphBuilder, x: string, p: number, q: number): string {
  const along = (axis: number): string => b.unsqueeze(b.positions(x, axis), [...Array(b.rankOf(x)).keys()].filter((i) => i !== axis));
  return b.cast(b.op('Equal', [along(p), along(q)]), b.dtypeOf(x));
}

export const productGradients: Record<string, Rule> = { MatMul: matMul, Gemm: gemm, Einsum: einsum };
