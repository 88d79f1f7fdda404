/** Inference for products, convolutions, pooling, normalisation, reductions and resampling. */
import { addDims, divideDims, multiplyDims, type Dim } from '../dim.ts';
import { parseEinsum } from '../einsum.ts';
import { broadcastShapes, positiveAxis, scaleDim, type Call, type InferenceRule } from './types.ts';

const matMul: InferenceRule = (c) => {
  const a = c.shape(0);
  const b = c.shape(1);
  if (!a || !b) return [{ dtype: c.dtype() }];
  const rows = a.length > 1 ? [a[a.length - 2] as Dim] : [];
  const columns = b.length > 1 ? [b[b.length - 1] as Dim] : [];
  const inner = [a[a.length - 1], b.length > 1 ? b[b.length - 2] : b[0]];
  if (typeof inner[0] === 'number' && typeof inner[1] === 'number' && inner[0] !== inner[1]) {
    throw c.error(`matrices [${a.join(', ')}] and [${b.join(', ')}] do not multiply`);
  }
  const batch = broadcastShapes(c, [a.slice(0, -2), b.slice(0, -2)]) ?? [];
  return [{ dtype: c.dtype(), shape: [...batch, ...rows, ...columns] }];
};

/** uint8 by int8, added up in int32. */
const matMulInteger: InferenceRule = (c) => matMul(c).map((type) => type && { ...type, dtype: 'int32' as const });

const gemm: InferenceRule = (c) => {
  const side = (i: number, flag: string, axis: number): Dim => c.shape(i)?.[c.int(flag, 0) ? 1 - axis : axis] ?? c.fresh();
  return [{ dtype: c.dtype(), shape: [side(0, 'transA', 0), side(1, 'transB', 1)] }];
};

const einsum: InferenceRule = (c) => {
  const shapes = c.inputs.map((t) => t?.shape);
  if (!shapes.every((s) => s)) return [{ dtype: c.dtype() }];
  const { inputs, output } = parseEinsum(c.string('equation', ''), shapes.map((s) => s!.length));
  const sizes = new Map<string, Dim>();
  inputs.forEach((labels, i) => labels.forEach((label, k) => {
    const dim = shapes[i]![k] as Dim;
    if ((sizes.get(label) ?? 1) === 1 || typeof dim === 'number' && dim !== 1) sizes.set(label, dim);
  }));
  return [{ dtype: c.dtype(), shape: output.map((label) => sizes.get(label) ?? 1) }];
};

/** Padding of a convolution or pool: [begin..., end...], or undefined for SAME, whose amount depends on the size. */
export function explicitPads(c: Pick<Call, 'ints' | 'string'>, spatial: number): number[] | undefined {
  const auto = c.string('auto_pad', 'NOTSET');
  if (auto === 'VALID') return Array<number>(2 * spatial).fill(0);
  return auto === 'NOTSET' ? (c.ints('pads') ?? Array<number>(2 * spatial).fill(0)) : undefined;
}

function windowDims(c: Call, sizes: readonly Dim[], kernel: readonly Dim[]): Dim[] {
  const n = sizes.length;
  const strides = c.ints('strides') ?? Array<number>(n).fill(1);
  const dilations = c.ints('dilations') ?? Array<number>(n).fill(1);
  const pads = explicitPads(c, n);
  return sizes.map((size, i) => {
    const stride = strides[i] ?? 1;
    if (!pads) return divideDims(addDims(size, stride - 1), stride);
    const reach = addDims(multiplyDims(addDims(kernel[i] as Dim, -1), dilations[i] ?? 1), 1);
    const room = addDims(addDims(size, (pads[i] ?? 0) + (pads[i + n] ?? 0)), multiplyDims(reach, -1));
    return addDims(divideDims(c.int('ceil_mode', 0) ? addDims(room, stride - 1) : room, stride), 1);
  });
}

const conv: InferenceRule = (c) => {
  const x = c.shape(0);
  const w = c.shape(1);
  if (!x || !w) return [{ dtype: c.dtype() }];
  return [{ dtype: c.dtype(), shape: [x[0] as Dim, w[0] as Dim, ...windowDims(c, x.slice(2), w.slice(2))] }];
};

const convTranspose: InferenceRule = (c) => {
  const x = c.shape(0);
  const w = c.shape(1);
  if (!x || !w) return [{ dtype: c.dtype() }];
  const n = x.length - 2;
  const strides = c.ints('strides') ?? Array<number>(n).fill(1);
  const dilations = c.ints('dilations') ?? Array<number>(n).fill(1);
  const extra = c.ints('output_padding') ?? Array<number>(n).fill(0);
  const given = c.ints('output_shape');
  const pads = explicitPads(c, n);
  const spatial = x.slice(2).map((size, i) => {
    if (given) return given[i] as Dim;
    if (!pads) return multiplyDims(size, strides[i] ?? 1);
    const reach = addDims(multiplyDims(addDims(w[i + 2] as Dim, -1), dilations[i] ?? 1), 1);
    const spread = multiplyDims(addDims(size, -1), strides[i] ?? 1);
    return addDims(addDims(spread, reach), (extra[i] ?? 0) - (pads[i] ?? 0) - (pads[i + n] ?? 0));
  });
  return [{ dtype: c.dtype(), shape: [x[0] as Dim, multiplyDims(w[1] as Dim, c.int('group', 1)), ...spatial] }];
};

const pool: InferenceRule = (c) => {
  const x = c.shape();
  const kernel = c.ints('kernel_shape') ?? [];
  const shape = x && [...x.slice(0, 2), ...windowDims(c, x.slice(2), kernel)];
  return [{ dtype: c.dtype(), shape }, { dtype: 'int64', shape }];
};

const globalPool: InferenceRule = (c) => [{ dtype: c.dtype(), shape: c.shape()?.map((d, i) => (i < 2 ? d : 1)) }];

/** Axes of a reduction: an input since opset 18 (13 for ReduceSum), an attribute before; undefined means all. */
const reduce: InferenceRule = (c) => {
  const shape = c.shape();
  const dtype = c.dtype();
  const axes = c.has(1) ? c.numbers(1) : (c.ints('axes') ?? []);
  if (axes?.length === 0 && c.int('noop_with_empty_axes', 0)) return [{ dtype, shape }];
  const keep = c.int('keepdims', 1) === 1;
  if (!shape || !axes) return [{ dtype, shape: shape && keep ? c.unknownDims(shape.length) : undefined }];
  const reduced = new Set(axes.length ? axes.map((a) => positiveAxis(a, shape.length)) : shape.keys());
  const out = keep ? shape.map((d, i) => (reduced.has(i) ? 1 : d)) : shape.filter((_, i) => !reduced.has(i));
  const values = c.value(0);
  const value = values && shape.length === 1 && reduced.size === 1 && c.node.opType === 'ReduceProd' ? [values.reduce(multiplyDims, 1)] : undefined;
  return [{ dtype, shape: out, value }];
};

const argument: InferenceRule = (c) => {
  const shape = c.shape();
  if (!shape) return [{ dtype: 'int64' }];
  const axis = positiveAxis(c.int('axis', 0), shape.length);
  const keep = c.int('keepdims', 1) === 1;
  return [{ dtype: 'int64', shape: keep ? shape.map((d, i) => (i === axis ? 1 : d)) : shape.filter((_, i) => i !== axis) }];
};

const topK: InferenceRule = (c) => {
  const shape = c.shape();
  const axis = positiveAxis(c.int('axis', -1), shape?.length ?? 0);
  const out = shape?.map((d, i) => (i === axis ? (c.value(1)?.[0] ?? c.fresh()) : d));
  return [{ dtype: c.dtype(), shape: out }, { dtype: 'int64', shape: out }];
};

const resize: InferenceRule = (c) => {
  const shape = c.shape();
  if (!shape) return [{ dtype: c.dtype() }];
  const axes = c.ints('axes')?.map((a) => positiveAxis(a, shape.length)) ?? shape.map((_, i) => i);
  const scales = c.numbers(2);
  const sizes = c.value(3);
  const policy = c.string('keep_aspect_ratio_policy', 'stretch');
  const out = shape.map((dim, i): Dim => {
    const k = axes.indexOf(i);
    if (k < 0) return dim;
    if (sizes) return policy === 'stretch' ? (sizes[k] ?? c.fresh()) : c.fresh();
    const scaled = scales?.[k] === undefined ? undefined : scaleDim(dim, scales[k]);
    return typeof scaled === 'number' ? Math.floor(scaled + 1e-6) : (scaled ?? c.fresh());
  });
  return [{ dtype: c.dtype(), shape: out }];
};

const layerNormalization: InferenceRule = (c) => {
  const shape = c.shape();
  const axis = positiveAxis(c.int('axis', -1), shape?.length ?? 0);
  const kept = shape?.map((d, i) => (i < axis ? d : 1));
  return [{ dtype: c.dtype(), shape }, { dtype: 'float32', shape: kept }, { dtype: 'float32', shape: kept }];
};

/** [B, heads, S, E] or [B, S, heads·E]; the output has the query's layout and the value's width. */
const attention: InferenceRule = (c) => {
  const [q, v] = [c.shape(0), c.shape(2)];
  if (!q || !v) return [{ dtype: c.dtype() }];
  if (q.length === 4) return [{ dtype: c.dtype(), shape: [...q.slice(0, 3), v[3] as Dim] }];
  const [heads, kvHeads] = [c.int('q_num_heads', 1), c.int('kv_num_heads', 1)];
  return [{ dtype: c.dtype(), shape: [q[0] as Dim, q[1] as Dim, multiplyDims(divideDims(v[2] as Dim, kvHeads), heads)] }];
};

const reductions = ['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceSumSquare'];

export const computeRules: Record<string, InferenceRule> = {
  MatMul: matMul, Gemm: gemm, Einsum: einsum, Conv: conv, ConvTranspose: convTranspose,
  MaxPool: pool, AveragePool: pool, LpPool: pool, GlobalAveragePool: globalPool, GlobalMaxPool: globalPool, GlobalLpPool: globalPool,
  ...Object.fromEntries(reductions.map((name) => [name, reduce])),
  ArgMax: argument, ArgMin: argument, TopK: topK, Resize: resize, LayerNormalization: layerNormalization, Attention: attention,
  MatMulInteger: matMulInteger,
  DynamicQuantizeLinear: (c) => [{ dtype: 'uint8', shape: c.shape() }, { dtype: 'float32', shape: [] }, { dtype: 'uint8', shape: [] }],
  SimplifiedLayerNormalization: (c) => [{ dtype: c.dtype(), shape: c.shape() }],
  BatchNormalization: (c) => [{ dtype: c.dtype(), shape: c.shape() }],
};
