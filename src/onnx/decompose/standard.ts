/** Standard operators that are others put together. Definitions: onnx/onnx docs/Operators.md. */
import type { GraphBuilder } from '../builder.ts';
import { numberTensor } from '../tensor.ts';
import type { Lowering } from './lowering.ts';

const axesFrom = (rank: number, first: number): number[] => [...Array(rank).keys()].slice(first);

const inPairs: Lowering = ({ b, node: { opType, inputs } }) => (inputs.length > 2 ? [inputs.reduce((left, right) => b.op(opType, [left, right]))] : undefined);

/** x to an integer power: by products where that is exact for negative numbers too. */
function magnitudePower(b: GraphBuilder, x: string, p: number): string {
  if (p === 2) return b.mul(x, x);
  const size = b.op('Abs', [x]);
  return p === 1 ? size : b.op('Pow', [size, b.scalar(p, { like: x })]);
}

function root(b: GraphBuilder, x: string, p: number): string {
  if (p === 1) return x;
  return p === 2 ? b.op('Sqrt', [x]) : b.op('Pow', [x, b.scalar(1 / p, { like: x })]);
}

/** (Σ |x|^p)^(1/p) over each window: an average, times the window's size. */
const lpPool: Lowering = (c) => {
  const { b } = c;
  const p = c.int('p', 2);
  const area = (c.ints('kernel_shape') ?? []).reduce((product, k) => product * k, 1);
  const attributes = Object.fromEntries([...c.node.attributes].filter(([name]) => name !== 'p'));
  const mean = b.op('AveragePool', [magnitudePower(b, c.in(0), p)], { ...attributes, count_include_pad: 1 });
  return [root(b, b.scale(mean, area), p)];
};

const globalLpPool: Lowering = (c) => {
  const p = c.int('p', 2);
  return [root(c.b, c.b.sum(magnitudePower(c.b, c.in(0), p), axesFrom(c.rank, 2)), p)];
};

/** x / (bias + α/size · Σ x²)^β, the sum over neighbouring channels (Krizhevsky et al. 2012). */
const localResponse: Lowering = (c) => {
  const { b } = c;
  const x = c.in(0);
  const size = c.int('size', 1);
  const behind = Math.floor((size - 1) / 2);
  const flat = b.op('Reshape', [b.mul(x, x), b.concat([b.dimension(x, 0), b.int64([1]), b.dimension(x, 1), b.int64([-1])], 0)]);
  const mean = b.op('AveragePool', [flat], { kernel_shape: [size, 1], pads: [behind, 0, size - 1 - behind, 0], count_include_pad: 1 });
  const scale = b.shift(b.scale(b.reshapeLike(mean, x), c.float('alpha', 1e-4)), c.float('bias', 1));
  return [b.div(x, b.op('Pow', [scale, b.scalar(c.float('beta', 0.75), { like: x })]))];
};

/** (x − mean) / (√variance + 1e-9). */
const meanVariance: Lowering = (c) => {
  const { b } = c;
  const x = c.in(0);
  const axes = (c.ints('axes') ?? [0, 2, 3]).map((a) => (a < 0 ? a + c.rank : a));
  const centred = b.sub(x, b.mean(x, axes));
  return [b.div(centred, b.shift(b.op('Sqrt', [b.mean(b.mul(centred, centred), axes)]), 1e-9))];
};

/** off + (on − off) where the index is, so that only the two numbers carry a gradient. */
const oneHot: Lowering = (c) => {
  const { b } = c;
  const values = c.in(2);
  const [off, on] = [0, 1].map((i) => b.op('Gather', [values, b.int64([i], [])])) as [string, string];
  const hot = b.op('OneHot', [c.in(0), c.in(1), b.constant(numberTensor(b.dtypeOf(values), [0, 1], [2]))], { axis: c.int('axis', -1) });
  return [b.add2(b.mul(hot, b.sub(on, off)), off)];
};

const compress: Lowering = (c) => {
  const { b } = c;
  const axis = c.node.attributes.has('axis') ? c.axis('axis', 0) : undefined;
  const from = axis === undefined ? b.reshape(c.in(0), [-1]) : c.in(0);
  return [b.op('Gather', [from, b.reshape(b.op('NonZero', [c.in(1)]), [-1])], { axis: axis ?? 0 })];
};

/** [N, S, heads·H] as [N, heads, S, H] and back. */
export function splitHeads(b: GraphBuilder, x: string, heads: number): string {
  return b.transpose(b.op('Reshape', [x, b.int64([0, 0, heads, -1])]), [0, 2, 1, 3]);
}

export function mergeHeads(b: GraphBuilder, x: string): string {
  return b.op('Reshape', [b.transpose(x, [0, 2, 1, 3]), b.int64([0, 0, -1])]);
}

/**
 * Turns pairs of features by the angles of the caches: RoFormer, arXiv 2104.09864. `x` is [N, heads, S, H]; cos and sin
 * are [N or 1, S, R/2], for the first R features.
 */
export function rotate(b: GraphBuilder, x: string, [cos, sin]: readonly [string, string], { rotated, interleaved }: { rotated: number; interleaved: boolean }): string {
  const [c, s] = [b.unsqueeze(cos, [1]), b.unsqueeze(sin, [1])];
  const turned = rotated > 0 ? b.slice(x, 3, 0, rotated) : x;
  const rest = rotated > 0 ? [b.slice(x, 3, rotated, 2 ** 31 - 1)] : [];
  let p: string;
  let q: string;
  if (interleaved) {
    const every = (start: number): string => b.op('Slice', [turned, b.int64([start]), b.int64([2 ** 31 - 1]), b.int64([3]), b.int64([2])]);
    [p, q] = [every(0), every(1)];
  } else {
    [p, q] = b.ops('Split', [turned], 2, { axis: 3, num_outputs: 2 }) as [string, string];
  }
  const [re, im] = [b.sub(b.mul(p, c), b.mul(q, s)), b.add2(b.mul(p, s), b.mul(q, c))];
  const joined = interleaved
    ? b.op('Reshape', [b.concat([b.unsqueeze(re, [4]), b.unsqueeze(im, [4])], 4), b.int64([0, 0, 0, -1])])
    : b.concat([re, im], 3);
  return b.concat([joined, ...rest], 3);
}

const rotaryEmbedding: Lowering = (c) => {
  const { b } = c;
  const wide = c.rank === 3;
  const x = wide ? splitHeads(b, c.in(0), c.int('num_heads', 1)) : c.in(0);
  const at = (cache: string): string => (c.has(3) ? b.op('Gather', [cache, c.in(3)]) : cache);
  const turned = rotate(b, x, [at(c.in(1)), at(c.in(2))], { rotated: c.int('rotary_embedding_dim', 0), interleaved: c.int('interleaved', 0) === 1 });
  return [wide ? mergeHeads(b, turned) : b.known(turned, c.shape(0))];
};

export const standardLowerings: Record<string, Lowering> = {
  Max: inPairs, Min: inPairs, LpPool: lpPool, GlobalLpPool: globalLpPool, LRN: localResponse, MeanVarianceNormalization: meanVariance,
  OneHot: oneHot, Compress: compress, RotaryEmbedding: rotaryEmbedding,
};
