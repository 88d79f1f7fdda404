/** Gradients of operators that move, select and join elements: each is the transposed selection. */
import type { GraphBuilder } from '../builder.ts';
import type { Dim } from '../dim.ts';
import type { Rule, RuleCall } from './rule.ts';

const likeInput: Rule = (c) => [c.b.reshapeLike(c.g, c.in(0)), ...c.x.slice(1).map(() => null)];

const transpose: Rule = (c) => {
  const order = c.ints('perm') ?? c.shape(0).map((_, i) => c.rank - 1 - i);
  return [c.b.transpose(c.g, order.map((_, i) => order.indexOf(i)))];
};

const concat: Rule = (c) => {
  const axis = c.axis('axis', 0);
  const sizes = c.b.concat(c.x.map((x) => c.b.dimension(x, axis)), 0);
  return c.b.ops('Split', [c.g, sizes], c.x.length, { axis });
};

const split: Rule = (c) => {
  const parts = c.gs.map((g, i) => g ?? c.b.zerosLike(c.output(i)));
  return [c.b.concat(parts, c.axis('axis', 0)), null];
};

/** Adds rows of `g` (its axis `axis` being `indices`, a vector) into zeros of x's shape. */
export function scatterAlong(b: GraphBuilder, g: string, indices: string, axis: number, x: string): string {
  const rank = b.rankOf(x);
  const order = [axis, ...[...Array(rank).keys()].filter((i) => i !== axis)];
  const zeros = b.transpose(b.zerosLike(x, b.dtypeOf(g)), order);
  const rows = b.op('ScatterND', [zeros, b.unsqueeze(indices, [1]), b.transpose(g, order)], { reduction: 'add' });
  return b.transpose(rows, order.map((_, i) => order.indexOf(i)));
}

const gather: Rule = (c) => {
  const { b, g } = c;
  const axis = c.axis('axis', 0);
  const shape = c.shape(0);
  const flat = b.cast(b.reshape(c.in(1), [-1]), 'int64'); // ScatterND takes no others
  const dims: Dim[] = [...shape.slice(0, axis), b.shapeOf(flat)[0] as Dim, ...shape.slice(axis + 1)];
  const open = dims.filter((d) => typeof d !== 'number').length;
  // Several symbols in one target: the index count is read off the indices, the rest off x.
  const rows = open <= 1 ? b.reshape(g, dims) : b.op('Reshape', [g, b.concat(dims.map((_, i) => (i === axis ? b.op('Shape', [flat]) : b.dimension(c.in(0), i))), 0)]);
  return [scatterAlong(b, rows, flat, axis, c.in(0)), null];
};

/** Zeros around the gradient: where the slice began, and how much followed. Other steps than 1 scatter by index. */
const slice: Rule = (c) => {
  const { b } = c;
  const starts = c.in(1);
  const axes = c.has(3) ? c.numbers(3) : c.numbers(1)?.map((_, i) => i);
  const steps = c.has(4) ? c.numbers(4) : axes?.map(() => 1);
  if (!axes || !steps) throw c.error('no gradient for Slice with axes or steps that are only known at run time');
  const rest = c.x.slice(1).map(() => null);
  const simple = steps.every((s) => s === 1);
  if (!simple) return [sliceByIndex(c, axes, steps), ...rest];
  const positive = axes.map((a) => (a < 0 ? a + c.rank : a));
  const pick = (v: string, k: number): string => b.slice(v, 0, k, k + 1);
  const before: string[] = [];
  const after: string[] = [];
  positive.forEach((axis, k) => {
    const size = b.dimension(c.in(0), axis);
    const start = c.numbers(1)?.[k];
    const first = start === undefined ? b.cast(pick(starts, k), 'int64') : b.int64([start]);
    const wrapped = start !== undefined && start >= 0 ? first : b.where(b.op('Less', [first, b.int64([0])]), b.op('Max', [b.add2(first, size), b.int64([0])]), first);
    const begin = start === 0 ? first : b.op('Min', [wrapped, size]);
    before.push(begin);
    after.push(b.sub(b.sub(size, begin), b.dimension(c.g, axis)));
  });
  return [b.known(b.pad(c.g, positive, before, after), c.shape(0)), ...rest];
};

/** One axis after the other: the slice of 0, 1, 2, … says which elements were taken. */
function sliceByIndex(c: RuleCall, axes: readonly number[], steps: readonly number[]): string {
  const { b } = c;
  const part = (v: string, k: number): string => b.slice(v, 0, k, k + 1);
  const stages = [c.in(0)];
  axes.forEach((a, k) => { stages.push(b.op('Slice', [stages[k] as string, part(c.in(1), k), part(c.in(2), k), b.int64([a]), b.int64([steps[k] ?? 1])])); });
  return [...axes.keys()].reverse().reduce((g, k) => {
    const x = stages[k] as string;
    const axis = (axes[k] as number) < 0 ? (axes[k] as number) + c.rank : (axes[k] as number);
    const indices = b.op('Slice', [b.positions(x, axis), part(c.in(1), k), part(c.in(2), k), b.int64([0]), b.int64([steps[k] ?? 1])]);
    return scatterAlong(b, g, indices, axis, x);
  }, c.g);
}

/** Constant padding is cut off. Reflected, repeated and wrapped elements add up where they came from. */
const pad: Rule = (c) => {
  const { b } = c;
  const axes = (c.has(3) ? c.numbers(3) : c.shape(0).map((_, i) => i))?.map((a) => (a < 0 ? a + c.rank : a));
  if (!axes) throw c.error('no gradient for Pad with axes that are only known at run time');
  const n = axes.length;
  const pads = b.cast(c.in(1), 'int64');
  const amount = (k: number): string => b.slice(pads, 0, k, k + 1);
  const rest = c.x.slice(1).map(() => null);
  const known = c.numbers(1);
  if (c.string('mode', 'constant') === 'constant') {
    // Negative padding cut elements off: those get zero.
    const undone = [...Array(2 * n).keys()].map((k) => b.neg(amount(k)));
    const dx = b.known(b.pad(c.g, axes, undone.slice(0, n), undone.slice(n)), c.shape(0));
    // What the padding value filled is what did not come from x.
    return [dx, null, c.has(2) ? b.sub(totalOf(b, c.g), totalOf(b, dx)) : null, null];
  }
  let g = c.g;
  axes.forEach((axis, k) => {
    if (known && known[k] === 0 && known[k + n] === 0) return;
    const indices = b.op('Pad', [b.positions(c.in(0), axis), b.concat([amount(k), amount(k + n)], 0)], { mode: c.string('mode', 'constant') });
    g = scatterAlong(b, g, indices, axis, shapedAt(c, g, axis));
  });
  return [g, ...rest];
};

function totalOf(b: GraphBuilder, v: string): string {
  const axes = [...Array(b.rankOf(v)).keys()];
  return b.squeeze(b.sum(v, axes), axes);
}

/** A value with g's shape, but x's size along one axis: what one stage of Pad started from. */
function shapedAt(c: RuleCall, g: string, axis: number): string {
  const { b } = c;
  const dims = b.concat([...Array(c.rank).keys()].map((i) => (i === axis ? b.dimension(c.in(0), i) : b.dimension(g, i))), 0);
  return b.op('Expand', [b.scalar(0, { like: g }), dims]);
}

const tile: Rule = (c) => {
  const { b } = c;
  const interleaved = c.shape(0).flatMap((_, i) => {
    const repeat = c.numbers(1)?.[i];
    return [repeat === undefined ? b.slice(c.in(1), 0, i, i + 1) : b.int64([repeat]), b.dimension(c.in(0), i)];
  });
  const apart = b.op('Reshape', [c.g, b.concat(interleaved, 0)]);
  const axes = c.shape(0).map((_, i) => 2 * i).filter((_, i) => c.numbers(1)?.[i] !== 1);
  return [b.reshapeLike(b.sum(apart, axes), c.in(0)), null];
};

/** Scattering and the selection that undoes it, by whole slices (ND) or by elements. */
interface Scattering { put(data: string, updates: string, reduction: string): string; take(data: string): string }

const scatterND: Rule = (c) => scattered(c, {
  put: (data, updates, reduction) => c.b.op('ScatterND', [data, c.in(1), updates], { reduction }),
  take: (data) => c.b.op('GatherND', [data, c.in(1)]),
});

const scatterElements: Rule = (c) => {
  const axis = c.axis('axis', 0);
  return scattered(c, {
    put: (data, updates, reduction) => c.b.op('ScatterElements', [data, c.in(1), updates], { axis, reduction }),
    take: (data) => c.b.op('GatherElements', [data, c.in(1)], { axis }),
  });
};

/** As torch.scatter_reduce: equal largest values share; a product's gradient is that of the other factors, zeros or not. */
function scattered(c: RuleCall, { put, take }: Scattering): (string | null)[] {
  const { b, g } = c;
  const [x, u] = [c.in(0), c.in(2)];
  const one = b.scalar(1, { like: g });
  const zero = b.scalar(0, { like: g });
  const mask = (condition: string): string => b.cast(condition, b.dtypeOf(g));
  const count = (marks: string): string => put(b.zerosLike(x, b.dtypeOf(g)), marks, 'add');
  const reduction = c.string('reduction', 'none');
  switch (reduction) {
    case 'none': return [put(g, b.zerosLike(u, b.dtypeOf(g)), 'none'), null, take(g)];
    case 'add': return [g, null, take(g)];
    case 'mul': {
      const isZero = b.op('Equal', [u, zero]);
      const nonZero = b.where(isZero, one, u);
      const others = b.div(take(b.mul(g, put(x, nonZero, 'mul'))), nonZero);
      const onlyOne = b.op('Equal', [take(count(mask(isZero))), mask(isZero)]);
      return [put(g, u, 'mul'), null, b.where(onlyOne, others, zero)];
    }
    case 'max': case 'min': {
      const y = c.output(0);
      const [kept, won] = [b.op('Equal', [x, y]), b.op('Equal', [u, take(y)])];
      const share = b.div(g, b.add2(mask(kept), count(mask(won))));
      return [b.where(kept, share, zero), null, b.where(won, take(share), zero)];
    }
    default: throw c.error(`no gradient for ${c.node.opType} with reduction ${reduction}`);
  }
}

/** Indices that say the batch axes too, as operators without `batch_dims` take them. */
const gatherND: Rule = (c) => {
  const { b } = c;
  const batch = c.int('batch_dims', 0);
  const depth = b.rankOf(c.in(1));
  const lead = b.op('Shape', [c.in(1)], { end: depth - 1 });
  const column = (axis: number): string => {
    const spread = b.unsqueeze(b.positions(c.in(1), axis), [...Array(depth - 1).keys()].filter((i) => i !== axis));
    return b.unsqueeze(b.op('Expand', [spread, lead]), [depth - 1]);
  };
  const indices = b.concat([...[...Array(batch).keys()].map(column), c.in(1)], depth - 1);
  return [b.op('ScatterND', [b.zerosLike(c.in(0), b.dtypeOf(c.g)), indices, c.g], { reduction: 'add' }), null];
};

/** Columns of each block in one order or the other: the gradient moves back the way it came. */
const depthToSpace: Rule = (c) => {
  const { b } = c;
  const s = c.int('blocksize', 1);
  if (c.string('mode', 'DCR') === 'DCR') return [b.op('SpaceToDepth', [c.g], { blocksize: s })];
  const size = (i: number): string => b.dimension(c.in(0), i);
  const apart = b.op('Reshape', [c.g, b.concat([size(0), b.dimension(c.g, 1), size(2), b.int64([s]), size(3), b.int64([s])], 0)]);
  return [b.reshapeLike(b.transpose(apart, [0, 1, 3, 5, 2, 4]), c.in(0))];
};

export const layoutGradients: Record<string, Rule> = {
  Reshape: likeInput, Flatten: likeInput, Squeeze: likeInput, Unsqueeze: likeInput,
  /** Also a broadcasting operator: the walker does the sum. */
  Expand: ({ g }) => [g, null],
  Transpose: transpose, Concat: concat, Split: split, Gather: gather, Slice: slice, Pad: pad, Tile: tile,
  GatherElements: (c) => [c.b.op('ScatterElements', [c.b.zerosLike(c.in(0), c.b.dtypeOf(c.g)), c.in(1), c.g], { axis: c.axis('axis', 0), reduction: 'add' }), null],
  GatherND: gatherND,
  ScatterND: scatterND, ScatterElements: scatterElements,
  DepthToSpace: depthToSpace,
  /** Its own inverse. */
  ReverseSequence: (c) => [c.b.op('ReverseSequence', [c.g, c.in(1)], { batch_axis: c.int('batch_axis', 1), time_axis: c.int('time_axis', 0) }), null],
  SpaceToDepth: (c) => [c.b.op('DepthToSpace', [c.g], { blocksize: c.int('blocksize', 1), mode: 'DCR' })],
  /** The k largest were picked by index. */
  TopK: (c) => [c.b.op('ScatterElements', [c.b.zerosLike(c.in(0), c.b.dtypeOf(c.g)), c.output(1), c.g], { axis: c.axis('axis', -1), reduction: 'add' }), null],
};
