/**
 * Attention as matrix products and a softmax: ONNX Attention (23), and the forms that ONNX Runtime fuses
 * (microsoft/onnxruntime docs/ContribOperators.md).
 */
import type { GraphBuilder } from '../builder.ts';
import type { Lowering, LoweringCall } from './lowering.ts';
import { mergeHeads, splitHeads } from './standard.ts';

/** Queries, keys and values are [N, heads, S or T, H]. */
interface Heads { readonly q: string; readonly k: string; readonly v: string; readonly scale: number | undefined }

/** q·kᵀ·scale; without one the scale is 1/√H. */
function scoresOf(b: GraphBuilder, { q, k, scale }: Heads): string {
  const width = b.shapeOf(q)[3];
  const known = scale ?? (typeof width === 'number' ? 1 / Math.sqrt(width) : undefined);
  const scaled = known === undefined ? b.div(q, b.op('Sqrt', [b.cast(b.dimension(q, 3), b.dtypeOf(q))])) : b.scale(q, known);
  return b.matMul(scaled, b.transposeMatrix(k));
}

/** True where position s may look at position t: t ≤ s + offset. [S, T]. */
function causalMask(b: GraphBuilder, scores: string, offset?: string): string {
  const rows = b.positions(scores, 2);
  return b.op('LessOrEqual', [b.positions(scores, 3), b.unsqueeze(offset === undefined ? rows : b.add2(rows, offset), [1])]);
}

function mask(b: GraphBuilder, scores: string, allowed: string, otherwise: number): string {
  return b.where(allowed, scores, b.scalar(otherwise, { like: scores }));
}

/** Every key head serves several query heads, one after the other: as many as `q` has. */
function repeatHeads(b: GraphBuilder, x: string, q: string): string {
  if (b.shapeOf(x)[1] === b.shapeOf(q)[1]) return x;
  const [n, own, s, width] = [0, 1, 2, 3].map((i) => b.dimension(x, i)) as [string, string, string, string];
  const heads = b.dimension(q, 1);
  const wide = b.op('Expand', [b.unsqueeze(x, [2]), b.concat([n, own, b.op('Div', [heads, own]), s, width], 0)]);
  return b.op('Reshape', [wide, b.concat([n, heads, s, width], 0)]);
}

const LOWEST = -3.4028234663852886e38;

/** In the standard's order: scale, softcap, masks, softmax. */
const attention: Lowering = (c) => {
  const { b } = c;
  c.refuse(6, 'nonpad_kv_seqlen');
  const wide = c.rank === 3;
  const heads = ['q_num_heads', 'kv_num_heads', 'kv_num_heads'].map((name) => c.int(name, 1));
  const [q, k0, v0] = heads.map((n, i) => (wide ? splitHeads(b, c.in(i), n) : c.in(i))) as [string, string, string];
  const past = (i: number, now: string): string => (c.has(i) ? b.concat([c.in(i), now], 2) : now);
  const [kAll, vAll] = [past(4, k0), past(5, v0)];
  const [k, v] = [kAll, vAll].map((t) => repeatHeads(b, t, q)) as [string, string];
  if (c.int('qk_matmul_output_mode', 0) !== 0 && c.node.outputs[3]) throw c.error('no gradient with qk_matmul_output_mode');
  const scale = c.node.attributes.has('scale') ? c.float('scale', 1) : undefined;
  const raw = scoresOf(b, { q, k, v, scale });
  const cap = c.float('softcap', 0);
  let scores = cap > 0 ? b.scale(b.op('Tanh', [b.scale(raw, 1 / cap)]), cap) : raw;
  if (c.int('is_causal', 0) === 1) scores = mask(b, scores, causalMask(b, scores, c.has(4) ? b.dimension(c.in(4), 2) : undefined), LOWEST);
  if (c.has(3)) scores = b.dtypeOf(c.in(3)) === 'bool' ? mask(b, scores, c.in(3), LOWEST) : b.add2(scores, c.in(3));
  const y = b.matMul(b.op('Softmax', [scores], { axis: -1 }), v);
  return [wide ? mergeHeads(b, y) : y, kAll, vAll, raw];
};

/** Key padding: 1 keeps, 0 adds `mask_filter_value`. [N, T], [N, S, T] or lengths [N]. */
function addPadding(c: LoweringCall, scores: string, padding: string): string {
  const { b } = c;
  const rank = b.rankOf(padding);
  let kept: string;
  if (rank === 1) {
    const [batch, count] = [b.shapeOf(scores)[0], b.shapeOf(padding)[0]];
    if (count !== batch && !(typeof count === 'number' && typeof batch === 'string')) throw c.error('no gradient with a mask of offsets');
    kept = b.op('Less', [b.cast(b.positions(scores, 3), b.dtypeOf(padding)), b.unsqueeze(padding, [1])]);
  } else {
    kept = b.op('Greater', [padding, b.scalar(0, { like: padding })]);
  }
  const spread = b.unsqueeze(kept, b.rankOf(kept) === 2 ? [1, 2] : b.rankOf(kept) === 3 ? [1] : []);
  return b.add2(scores, b.where(spread, b.scalar(0, { like: scores }), b.scalar(c.float('mask_filter_value', -10000), { like: scores })));
}

/** What the fused forms do after the heads are there. */
function fusedAttention(c: LoweringCall, heads: Heads, { padding, bias }: { padding?: string; bias?: string }): string {
  const { b } = c;
  let scores = scoresOf(b, heads);
  if (c.int('unidirectional', 0) === 1) scores = mask(b, scores, causalMask(b, scores), c.float('mask_filter_value', -10000));
  if (bias) scores = b.add2(scores, bias);
  if (padding) scores = addPadding(c, scores, padding);
  return mergeHeads(b, b.matMul(b.op('Softmax', [scores], { axis: -1 }), heads.v));
}

const scaleOf = (c: LoweringCall): number | undefined => (c.float('scale', 0) === 0 ? undefined : c.float('scale', 0));

/** Separate or packed projections; keys and values may already be heads. */
const multiHeadAttention: Lowering = (c) => {
  const { b } = c;
  [[6, 'past keys'], [7, 'past values'], [8, 'a past length'], [9, 'cache indirection']].forEach(([i, what]) => c.refuse(i as number, what as string));
  const n = c.int('num_heads', 1);
  const bias = c.optional(3);
  const part = (x: string, i: number): string => b.transpose(b.squeeze(b.slice(x, 3, i, i + 1), [3]), [0, 2, 1, 3]); // of [N, S, heads, parts, H]
  let q: string;
  let k: string;
  let v: string;
  if (c.rank === 5) {
    if (bias) throw c.error('no gradient for packed attention with a bias');
    [q, k, v] = [part(c.in(0), 0), part(c.in(0), 1), part(c.in(0), 2)];
  } else {
    const widths = [b.dimension(c.in(0), 2), b.dimension(c.in(0), 2)];
    const biases = bias === undefined ? [] : b.ops('Split', [bias, b.concat([...widths, b.sub(b.dimension(bias, 0), widths.reduce((s, w) => b.add2(s, w)))], 0)], 3, { axis: 0 });
    const heads = (i: number): string => splitHeads(b, biases[i] === undefined ? c.in(i) : b.add2(c.in(i), biases[i]), n);
    q = heads(0);
    if (b.rankOf(c.in(1)) === 5) [k, v] = [part(c.in(1), 0), part(c.in(1), 1)];
    else if (b.rankOf(c.in(1)) === 4) [k, v] = [c.in(1), c.in(2)];
    else [k, v] = [heads(1), heads(2)];
  }
  return [fusedAttention(c, { q, k, v, scale: scaleOf(c) }, { padding: c.optional(4), bias: c.optional(5) })];
};

/** One product for queries, keys and values. */
const packedAttention: Lowering = (c) => {
  const { b } = c;
  [[4, 'a past'], [6, 'a past length']].forEach(([i, what]) => c.refuse(i as number, what as string));
  if (c.int('do_rotary', 0) === 1) throw c.error('no gradient with do_rotary');
  const widths = c.ints('qkv_hidden_sizes');
  const product = b.matMul(c.in(0), c.in(1));
  const all = c.has(2) ? b.add2(product, c.in(2)) : product;
  const [q, k, v] = b.ops('Split', [all, ...(widths ? [b.int64(widths)] : [])], 3, { axis: 2, num_outputs: widths ? undefined : 3 }).map((x) => splitHeads(b, x, c.int('num_heads', 1))) as [string, string, string];
  return [fusedAttention(c, { q, k, v, scale: scaleOf(c) }, { padding: c.optional(3), bias: c.optional(5) })];
};

export const attentionLowerings: Record<string, Lowering> = {
  Attention: attention,
  'com.microsoft.MultiHeadAttention': multiHeadAttention,
  'com.microsoft.Attention': packedAttention,
};
