/** Inference for what ONNX Runtime's optimizer fuses: enough to reach what comes behind it. */
import { multiplyDims, type Dim } from '../dim.ts';
import { computeRules } from './compute.ts';
import { broadcastShapes, type Call, type InferenceRule } from './types.ts';

const same: InferenceRule = (c) => [{ dtype: c.dtype(), shape: c.shape() }];

/** The sum, which is output 3, has the same shape. */
const skipNormalization: InferenceRule = (c) => {
  const kept = c.shape()?.map((d, i, all) => (i === all.length - 1 ? 1 : d));
  return [{ dtype: c.dtype(), shape: c.shape() }, { dtype: 'float32', shape: kept }, { dtype: 'float32', shape: kept }, { dtype: c.dtype(), shape: c.shape() }];
};

/** [N, S, D]; packed queries are [N, S, heads, 3, H]. */
const multiHeadAttention: InferenceRule = (c) => {
  const q = c.shape();
  if (!q) return [{ dtype: c.dtype() }];
  const v = c.shape(2);
  const width = q.length === 5 ? multiplyDims(q[2] as Dim, q[4] as Dim) : v?.length === 3 ? v[2] : q[2];
  return [{ dtype: c.dtype(), shape: [q[0] as Dim, q[1] as Dim, width as Dim] }];
};

const packedAttention: InferenceRule = (c) => {
  const [x, w] = [c.shape(), c.shape(1)];
  const total = w?.[1];
  const width = c.ints('qkv_hidden_sizes')?.[2] ?? (typeof total === 'number' ? total / 3 : c.fresh());
  return [{ dtype: c.dtype(), shape: x && [x[0] as Dim, x[1] as Dim, width] }];
};

const fusedMatMul: InferenceRule = (c) => {
  const [a, w] = [c.shape(0), c.shape(1)];
  if (!a || !w || c.int('transBatchA', 0) || c.int('transBatchB', 0)) return [{ dtype: c.dtype() }];
  const side = (s: readonly Dim[], flag: string): readonly Dim[] => (c.int(flag, 0) && s.length > 1 ? [...s.slice(0, -2), s[s.length - 1] as Dim, s[s.length - 2] as Dim] : s);
  const [l, r] = [side(a, 'transA'), side(w, 'transB')];
  const batch = broadcastShapes(c, [l.slice(0, -2), r.slice(0, -2)]) ?? [];
  return [{ dtype: c.dtype(), shape: [...batch, ...(l.length > 1 ? [l[l.length - 2] as Dim] : []), ...(r.length > 1 ? [r[r.length - 1] as Dim] : [])] }];
};

const embedLayerNormalization: InferenceRule = (c: Call) => {
  const [ids, table] = [c.shape(0), c.shape(2)];
  const shape = ids && table && [...ids, table[1] as Dim];
  return [{ dtype: c.dtype(2), shape }, { dtype: 'int32', shape: ids && [ids[0] as Dim] }, { dtype: c.dtype(2), shape }];
};

const microsoft: Record<string, InferenceRule> = {
  Gelu: same, BiasGelu: same, FastGelu: same, QuickGelu: same, BiasAdd: same, Trilu: same, RotaryEmbedding: same, GroupNorm: same,
  SkipLayerNormalization: skipNormalization, SkipSimplifiedLayerNormalization: skipNormalization,
  MultiHeadAttention: multiHeadAttention, Attention: packedAttention, FusedMatMul: fusedMatMul, TransposeMatMul: fusedMatMul,
  EmbedLayerNormalization: embedLayerNormalization,
  FusedConv: computeRules['Conv'] as InferenceRule, FusedGemm: computeRules['Gemm'] as InferenceRule,
  BiasSplitGelu: (c) => [{ dtype: c.dtype(), shape: c.shape()?.map((d, i, all) => (i === all.length - 1 ? (typeof d === 'number' ? d / 2 : c.fresh()) : d)) }],
};

export const fusedRules: Record<string, InferenceRule> = Object.fromEntries(Object.entries(microsoft).map(([op, rule]) => [`com.microsoft.${op}`, rule]));
