/** Inference for operators that move, select and join elements. */
import { addDims, divideDims, multiplyDims, subtractDims, type Dim } from '../dim.ts';
import { tensorNumbers } from '../tensor.ts';
import { broadcastDim, positiveAxis, remainingDim, sumDims, unifyDims, type Call, type InferenceRule } from './types.ts';

const MAX_VALUE = 64;
/** Slices "to the end" are written as a very large number. */
const OPEN_END = 2 ** 31 - 1;

const reshape: InferenceRule = (c) => {
  const from = c.shape();
  const target = c.value(1);
  const length = c.shape(1)?.[0];
  if (!target) return [{ dtype: c.dtype(), shape: typeof length === 'number' ? c.unknownDims(length) : undefined }];
  const copied = target.map((dim, i) => (dim === 0 && c.int('allowzero', 0) === 0 ? (from?.[i] ?? c.fresh()) : dim));
  const open = copied.indexOf(-1);
  if (open >= 0) copied[open] = from ? remainingDim(from, copied.filter((_, i) => i !== open), c.fresh) : c.fresh();
  return [{ dtype: c.dtype(), shape: copied, value: copied.length <= 1 ? c.value(0) : undefined }];
};

const flatten: InferenceRule = (c) => {
  const shape = c.shape();
  if (!shape) return [{ dtype: c.dtype(), shape: c.unknownDims(2) }];
  const axis = positiveAxis(c.int('axis', 1), shape.length);
  return [{ dtype: c.dtype(), shape: [shape.slice(0, axis).reduce(multiplyDims, 1), shape.slice(axis).reduce(multiplyDims, 1)] }];
};

const transpose: InferenceRule = (c) => {
  const shape = c.shape();
  const order = c.ints('perm') ?? shape?.map((_, i) => shape.length - 1 - i);
  return [{ dtype: c.dtype(), shape: order && (shape ? order.map((i) => shape[i] as Dim) : c.unknownDims(order.length)) }];
};

const squeeze: InferenceRule = (c) => {
  const shape = c.shape();
  const axes = c.has(1) ? c.numbers(1) : c.ints('axes');
  if (!shape || (c.has(1) && !axes)) return [{ dtype: c.dtype(), value: c.value(0) }];
  const dropped = axes ? new Set(axes.map((a) => positiveAxis(a, shape.length))) : undefined;
  return [{ dtype: c.dtype(), shape: shape.filter((d, i) => (dropped ? !dropped.has(i) : d !== 1)), value: c.value(0) }];
};

const unsqueeze: InferenceRule = (c) => {
  const shape = c.shape();
  const axes = c.has(1) ? c.numbers(1) : c.ints('axes');
  if (!shape || !axes) return [{ dtype: c.dtype() }];
  const rank = shape.length + axes.length;
  const added = new Set(axes.map((a) => positiveAxis(a, rank)));
  const rest = [...shape];
  const out = Array.from({ length: rank }, (_, i) => (added.has(i) ? 1 : (rest.shift() as Dim)));
  return [{ dtype: c.dtype(), shape: out, value: rank <= 1 ? c.value(0) : undefined }];
};

const expand: InferenceRule = (c) => {
  const shape = c.shape();
  const target = c.value(1);
  const length = c.shape(1)?.[0];
  if (!shape || !target) {
    const rank = shape && typeof length === 'number' ? Math.max(shape.length, length) : undefined;
    return [{ dtype: c.dtype(), shape: rank === undefined ? undefined : c.unknownDims(rank) }];
  }
  const rank = Math.max(shape.length, target.length);
  const at = (s: readonly Dim[], i: number): Dim => s[i - (rank - s.length)] ?? 1;
  const out = Array.from({ length: rank }, (_, i) => broadcastDim(at(shape, i), at(target, i)) ?? c.fresh());
  const value = c.value(0);
  const count = out[0];
  const repeated = value?.length === 1 && rank === 1 && typeof count === 'number' && count <= MAX_VALUE ? Array<Dim>(count).fill(value[0] as Dim) : undefined;
  return [{ dtype: c.dtype(), shape: out, value: rank === 0 ? value : repeated }];
};

const concat: InferenceRule = (c) => {
  const shapes = c.inputs.map((t) => t?.shape);
  const known = shapes.find((s) => s !== undefined);
  if (!known) return [{ dtype: c.dtype() }];
  const axis = positiveAxis(c.int('axis', 0), known.length);
  const out = known.map((dim, i) => {
    if (i !== axis) return shapes.reduce<Dim>((d, s) => (s ? unifyDims(d, s[i] ?? d) : d), dim);
    return shapes.every((s) => s) ? sumDims(shapes.map((s) => s?.[axis] ?? 0)) : c.fresh();
  });
  const values = c.inputs.map((t) => t?.value);
  const value = known.length === 1 && values.every((v) => v) ? values.flatMap((v) => v ?? []) : undefined;
  return [{ dtype: c.dtype(), shape: out, value: value && value.length <= MAX_VALUE ? value : undefined }];
};

const split: InferenceRule = (c) => {
  const shape = c.shape();
  const count = c.node.outputs.length;
  if (!shape) return c.node.outputs.map(() => ({ dtype: c.dtype() }));
  const axis = positiveAxis(c.int('axis', 0), shape.length);
  const sizes: readonly Dim[] | undefined = c.has(1) ? c.value(1) : c.ints('split');
  const chunk = divideDims(addDims(shape[axis] as Dim, count - 1), count);
  let start = 0;
  return c.node.outputs.map((_, k) => {
    const last = subtractDims(shape[axis] as Dim, multiplyDims(chunk, count - 1));
    const size = sizes ? (sizes[k] as Dim) : c.has(1) ? c.fresh() : k === count - 1 ? last : chunk;
    const value = typeof size === 'number' && shape.length === 1 ? c.value(0)?.slice(start, (start += size)) : undefined;
    return { dtype: c.dtype(), shape: shape.map((d, i) => (i === axis ? size : d)), value };
  });
};

/** How many elements [start, end) with this step takes from `dim`; undefined when that depends on the run. */
export function slicedDim(dim: Dim, start: Dim, end: Dim, step: number): Dim | undefined {
  if (typeof dim === 'number' && typeof start === 'number' && typeof end === 'number') {
    const clamp = (v: number, low: number, high: number): number => Math.min(Math.max(v < 0 ? v + dim : v, low), high);
    const from = step > 0 ? clamp(start, 0, dim) : clamp(start, 0, dim - 1);
    const to = step > 0 ? clamp(end, 0, dim) : clamp(end, -1, dim - 1);
    return Math.max(0, Math.ceil((to - from) / step));
  }
  if (step !== 1) return undefined;
  if (typeof start === 'number' && typeof end === 'number' && start >= 0 && end - start === 1) return 1;
  const from = typeof start === 'number' && start < 0 ? addDims(dim, start) : start;
  if (typeof end === 'number' && end >= OPEN_END) return subtractDims(dim, from);
  if (typeof end === 'number' && end < 0) return subtractDims(addDims(dim, end), from);
  if (typeof end === 'number' && typeof dim === 'string') return undefined; // min(dim, end)
  return subtractDims(end, from); // a symbolic end lies inside, by contract
}

const slice: InferenceRule = (c) => {
  const shape = c.shape();
  const starts = c.value(1);
  const ends = c.value(2);
  if (!shape) return [{ dtype: c.dtype() }];
  const axes = c.has(3) ? c.numbers(3) : (starts ?? ends)?.map((_, i) => i);
  if (!axes) return [{ dtype: c.dtype(), shape: c.unknownDims(shape.length) }];
  const steps = c.has(4) ? c.numbers(4) : axes.map(() => 1);
  const out = [...shape];
  axes.forEach((a, k) => {
    const axis = positiveAxis(a, shape.length);
    const [start, end, step] = [starts?.[k], ends?.[k], steps?.[k]];
    const size = start === undefined || end === undefined || step === undefined ? undefined : slicedDim(shape[axis] as Dim, start, end, step);
    out[axis] = size ?? c.fresh();
  });
  const value = c.value(0);
  const [start, end, step] = [starts?.[0], ends?.[0], steps?.[0]];
  const known = shape.length === 1 && typeof start === 'number' && typeof end === 'number';
  return [{ dtype: c.dtype(), shape: out, value: known && value ? sliceValues(value, start, end, step ?? 1) : undefined }];
};

function sliceValues(values: readonly Dim[], start: number, end: number, step: number): Dim[] | undefined {
  const count = slicedDim(values.length, start, end, step);
  if (typeof count !== 'number') return undefined;
  const clamped = Math.min(Math.max(start < 0 ? start + values.length : start, 0), step > 0 ? values.length : values.length - 1);
  return Array.from({ length: count }, (_, i) => values[clamped + i * step] as Dim);
}

const gather: InferenceRule = (c) => {
  const shape = c.shape();
  const indices = c.shape(1);
  if (!shape || !indices) return [{ dtype: c.dtype() }];
  const axis = positiveAxis(c.int('axis', 0), shape.length);
  const data = c.value(0);
  const value = shape.length === 1 && indices.length <= 1 && data ? c.numbers(1)?.map((i) => data[positiveAxis(i, data.length)] as Dim) : undefined;
  return [{ dtype: c.dtype(), shape: [...shape.slice(0, axis), ...indices, ...shape.slice(axis + 1)], value }];
};

const gatherND: InferenceRule = (c) => {
  const shape = c.shape();
  const indices = c.shape(1);
  const depth = indices?.[indices.length - 1];
  if (!shape || !indices || typeof depth !== 'number') return [{ dtype: c.dtype() }];
  return [{ dtype: c.dtype(), shape: [...indices.slice(0, -1), ...shape.slice(c.int('batch_dims', 0) + depth)] }];
};

const pad: InferenceRule = (c) => {
  const shape = c.shape();
  const pads = c.value(1);
  const axes = c.has(3) ? c.numbers(3) : shape?.map((_, i) => i);
  if (!shape || !pads || !axes) return [{ dtype: c.dtype(), shape: shape && c.unknownDims(shape.length) }];
  const out = [...shape];
  axes.forEach((a, k) => {
    const axis = positiveAxis(a, shape.length);
    out[axis] = sumDims([shape[axis] as Dim, pads[k] as Dim, pads[k + axes.length] as Dim]);
  });
  return [{ dtype: c.dtype(), shape: out }];
};

const tile: InferenceRule = (c) => {
  const shape = c.shape();
  const repeats = c.value(1);
  return [{ dtype: c.dtype(), shape: shape?.map((d, i) => (repeats ? multiplyDims(d, repeats[i] as Dim) : c.fresh())) }];
};

const range: InferenceRule = (c) => {
  const [start, limit, delta] = [c.value(0)?.[0], c.value(1)?.[0], c.value(2)?.[0]];
  if (start === undefined || limit === undefined || delta === undefined) return [{ dtype: c.dtype(), shape: [c.fresh()] }];
  if (typeof start === 'number' && typeof limit === 'number' && typeof delta === 'number') {
    const count = Math.max(0, Math.ceil((limit - start) / delta));
    return [{ dtype: c.dtype(), shape: [count], value: count <= MAX_VALUE ? Array.from({ length: count }, (_, i) => start + i * delta) : undefined }];
  }
  return [{ dtype: c.dtype(), shape: [delta === 1 ? subtractDims(limit, start) : c.fresh()] }];
};

const constantOfShape: InferenceRule = (c) => {
  const attribute = c.node.attributes.get('value');
  const fill = attribute?.type === 'tensor' ? attribute.value : undefined;
  const dtype = fill?.dtype ?? 'float32';
  const length = c.shape(1)?.[0];
  const shape = c.value(0) ?? (typeof length === 'number' ? c.unknownDims(length) : undefined);
  const count = shape?.length === 1 ? shape[0] : shape?.length === 0 ? 1 : undefined;
  const value = typeof count === 'number' && count <= MAX_VALUE ? Array<Dim>(count).fill(fill ? Number(tensorNumbers(fill)[0]) : 0) : undefined;
  return [{ dtype, shape: shape ? [...shape] : rankOfVector(c), value }];
};

function rankOfVector(c: Call): Dim[] | undefined {
  const length = c.shape(0)?.[0];
  return typeof length === 'number' ? c.unknownDims(length) : undefined;
}

const shapeOf: InferenceRule = (c) => {
  const shape = c.shape();
  if (!shape) return [{ dtype: 'int64', shape: [c.fresh()] }];
  const clamp = (v: number): number => Math.min(Math.max(v < 0 ? v + shape.length : v, 0), shape.length);
  const value = shape.slice(clamp(c.int('start', 0)), clamp(c.int('end', shape.length)));
  return [{ dtype: 'int64', shape: [value.length], value }];
};

export const layoutRules: Record<string, InferenceRule> = {
  Reshape: reshape, Flatten: flatten, Transpose: transpose, Squeeze: squeeze, Unsqueeze: unsqueeze, Expand: expand,
  Concat: concat, Split: split, Slice: slice, Gather: gather, GatherND: gatherND, Pad: pad, Tile: tile, Range: range,
  ConstantOfShape: constantOfShape, Shape: shapeOf,
  Size: (c) => [{ dtype: 'int64', shape: [], value: c.shape() && [c.shape()!.reduce(multiplyDims, 1)] }],
  GatherElements: (c) => [{ dtype: c.dtype(), shape: c.shape(1) }],
  NonZero: (c) => [{ dtype: 'int64', shape: [c.shape()?.length ?? c.fresh(), c.fresh()] }],
  Compress: (c) => [{ dtype: c.dtype(), shape: c.node.attributes.has('axis') ? c.shape()?.map((d, i, all) => (i === positiveAxis(c.int('axis', 0), all.length) ? c.fresh() : d)) : [c.fresh()] }],
  EyeLike: (c) => [{ dtype: c.dtype(), shape: c.shape() }],
  OneHot: (c) => {
    const indices = c.shape();
    const axis = indices && positiveAxis(c.int('axis', -1), indices.length + 1);
    const depth = c.value(1)?.[0] ?? c.fresh();
    return [{ dtype: c.dtype(2), shape: indices && axis !== undefined ? [...indices.slice(0, axis), depth, ...indices.slice(axis)] : undefined }];
  },
  DepthToSpace: (c) => {
    const s = c.shape();
    const b = c.int('blocksize', 1);
    return [{ dtype: c.dtype(), shape: s && [s[0] as Dim, divideDims(s[1] as Dim, b * b), multiplyDims(s[2] as Dim, b), multiplyDims(s[3] as Dim, b)] }];
  },
  SpaceToDepth: (c) => {
    const s = c.shape();
    const b = c.int('blocksize', 1);
    return [{ dtype: c.dtype(), shape: s && [s[0] as Dim, multiplyDims(s[1] as Dim, b * b), divideDims(s[2] as Dim, b), divideDims(s[3] as Dim, b)] }];
  },
};
