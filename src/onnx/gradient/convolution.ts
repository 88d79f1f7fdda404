/**
 * Gradients of convolutions and pools. The input's gradient is the transposed convolution with the same weights;
 * the weights' gradient is a convolution of the input with the gradient, batch and channels exchanged and
 * stride and dilation exchanged (Dumoulin and Visin, arXiv 1603.07285).
 */
import type { GraphBuilder } from '../builder.ts';
import type { Dim } from '../dim.ts';
import { explicitPads } from '../shapes/compute.ts';
import type { Rule, RuleCall } from './rule.ts';

interface Geometry { strides: number[]; dilations: number[]; pads: number[]; kernel: Dim[]; group: number; spatial: number }

function geometryOf(c: RuleCall, kernel: readonly Dim[]): Geometry {
  const spatial = kernel.length;
  const ones = Array<number>(spatial).fill(1);
  const [strides, dilations] = [c.ints('strides') ?? ones, c.ints('dilations') ?? ones];
  return { strides, dilations, kernel: [...kernel], group: c.int('group', 1), spatial, pads: explicitPads(c, spatial) ?? samePads(c, kernel, strides, dilations) };
}

/** auto_pad SAME: the output is ceil(size / stride), the odd element goes behind (UPPER) or in front. */
function samePads(c: RuleCall, kernel: readonly Dim[], strides: number[], dilations: number[]): number[] {
  const [begin, end]: [number[], number[]] = [[], []];
  c.shape(0).slice(2).forEach((size, i) => {
    const k = kernel[i];
    if (typeof k !== 'number' || (typeof size !== 'number' && strides[i] !== 1)) throw c.error('no gradient with auto_pad SAME, stride and unknown size');
    const stride = strides[i] ?? 1;
    const reach = (k - 1) * (dilations[i] ?? 1) + 1;
    const total = typeof size === 'number' ? Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size) : reach - 1;
    const less = Math.floor(total / 2);
    begin.push(c.string('auto_pad', '') === 'SAME_UPPER' ? less : total - less);
    end.push(total - (begin[i] as number));
  });
  return [...begin, ...end];
}

const spatialAxes = (n: number): number[] => [...Array(n).keys()].map((i) => i + 2);

/** Adds over batch and positions. */
function biasGradient(b: GraphBuilder, g: string, bias: string): string {
  return b.reshapeLike(b.sum(g, [0, ...spatialAxes(b.rankOf(g) - 2)]), bias);
}

const conv: Rule = (c) => {
  const w = geometryOf(c, c.shape(1).slice(2));
  return [convInput(c, w), convWeight(c.b, c.in(0), c.g, w, c.in(1)), c.has(2) ? biasGradient(c.b, c.g, c.in(2)) : null];
};

/** With a stride the input may be larger than what the windows covered: pad the output to the most it can be, then cut. */
function convInput(c: RuleCall, { strides, dilations, pads, group, spatial }: Geometry): string {
  const { b, g } = c;
  const x = c.in(0);
  const extra = strides.map((s) => s - 1);
  const dx = b.op('ConvTranspose', [g, c.in(1)], { strides, dilations, pads, group, ...(extra.some((e) => e > 0) && { output_padding: extra }) });
  if (extra.every((e) => e === 0)) return dx;
  const axes = spatialAxes(spatial);
  const ends = b.dimensions(axes.map((a) => c.shape(0)[a] as Dim), undefined, () => b.op('Shape', [x], { start: 2 }));
  return b.op('Slice', [dx, b.int64(axes.map(() => 0)), ends, b.int64(axes)]);
}

/** Grouped: each group's pictures take the channels' place, so one grouped convolution does all of them. */
function convWeight(b: GraphBuilder, x: string, g: string, { strides, dilations, pads, group, kernel, spatial }: Geometry, w: string): string {
  const axes = spatialAxes(spatial);
  const swap = [1, 0, ...axes];
  const gT = b.transpose(g, swap); // [M, N, out...]
  const xT = group === 1 ? b.transpose(x, swap) : groupsAsChannels(b, x, group); // [C/G, G·N, in...]
  // Windows beyond the kernel come from a remainder of the stride: cut them off.
  const full = b.op('Conv', [xT, gT], { strides: dilations, dilations: strides, pads, group });
  const cut = strides.every((s) => s === 1) ? full : b.op('Slice', [full, b.int64(axes.map(() => 0)), b.dimensions(kernel, undefined, () => b.op('Shape', [w], { start: 2 })), b.int64(axes)]);
  return b.transpose(cut, swap);
}

/** [N, G·C, in...] → [C, G·N, in...]. */
function groupsAsChannels(b: GraphBuilder, x: string, group: number): string {
  const dims = b.shapeOf(x);
  const size = (i: number): string => b.dimension(x, i);
  const perGroup = b.op('Div', [size(1), b.int64([group])]);
  const rest = dims.slice(2).map((_, i) => size(i + 2));
  const apart = b.op('Reshape', [x, b.concat([size(0), b.int64([group]), perGroup, ...rest], 0)]);
  const moved = b.transpose(apart, [2, 1, 0, ...rest.map((_, i) => i + 3)]);
  return b.op('Reshape', [moved, b.concat([perGroup, b.op('Mul', [size(0), b.int64([group])]), ...rest], 0)]);
}

/** The transposed convolution's transpose is the convolution itself. */
const convTranspose: Rule = (c) => {
  const { b, g } = c;
  const kernel = c.shape(1).slice(2);
  const spatial = kernel.length;
  if (c.ints('output_shape') || !['NOTSET', 'VALID'].includes(c.string('auto_pad', 'NOTSET'))) {
    throw c.error('no gradient for ConvTranspose with output_shape or auto_pad SAME');
  }
  const geometry = geometryOf(c, kernel);
  const { strides, dilations, pads, group } = geometry;
  // What output_padding added beyond the last window does not come from the input.
  const dxFull = b.op('Conv', [g, c.in(1)], { strides, dilations, pads, group });
  const axes = spatialAxes(spatial);
  const extra = c.ints('output_padding')?.some((e, i) => e >= (strides[i] ?? 1)) ?? false;
  const dx = extra ? b.op('Slice', [dxFull, b.int64(axes.map(() => 0)), b.op('Shape', [c.in(0)], { start: 2 }), b.int64(axes)]) : dxFull;
  return [dx, convWeight(b, g, c.in(0), geometry, c.in(1)), c.has(2) ? biasGradient(b, g, c.in(2)) : null];
};

/** Every window hands its gradient, divided by what it averaged, to its elements: a transposed convolution with ones. */
const averagePool: Rule = (c) => {
  const { b } = c;
  const kernel = c.ints('kernel_shape') ?? [];
  if (c.int('ceil_mode', 0)) throw c.error('no gradient for AveragePool with ceil_mode');
  const geometry = geometryOf(c, kernel);
  const { strides, dilations, pads, spatial } = geometry;
  const area = kernel.reduce((p, k) => p * k, 1);
  const pooled = (v: string, include: number): string => b.op('AveragePool', [v], { kernel_shape: kernel, strides, pads, count_include_pad: include, ...(dilations.some((d) => d > 1) && { dilations }) });
  const inside = c.int('count_include_pad', 0) === 0 && pads.some((p) => p > 0);
  const share = inside ? b.div(c.g, pooled(b.shift(b.zerosLike(c.in(0)), 1), 1)) : c.g;
  // One channel at a time: [N·C, 1, out...].
  const single = (v: string): string => b.op('Reshape', [v, b.concat([b.int64([-1, 1]), b.op('Shape', [v], { start: 2 })], 0)]);
  const ones = b.expand(b.scalar(1 / area, { like: c.g }), [1, 1, ...kernel]);
  const extra = strides.map((s) => s - 1);
  const dx = b.op('ConvTranspose', [single(share), ones], { strides, dilations, pads, ...(extra.some((e) => e > 0) && { output_padding: extra }) });
  const axes = spatialAxes(spatial);
  const cut = extra.some((e) => e > 0) ? b.op('Slice', [dx, b.int64(axes.map(() => 0)), b.op('Shape', [c.in(0)], { start: 2 }), b.int64(axes)]) : dx;
  return [b.reshapeLike(cut, c.in(0))];
};

/** The largest element of each window, by its flat index over the whole tensor. */
const maxPool: Rule = (c) => {
  const { b } = c;
  const flat = (v: string): string => b.reshape(v, [-1]);
  const zeros = flat(b.zerosLike(c.in(0), b.dtypeOf(c.g)));
  return [b.reshapeLike(b.op('ScatterElements', [zeros, flat(c.output(1)), flat(c.g)], { axis: 0, reduction: 'add' }), c.in(0))];
};

const globalAveragePool: Rule = (c) => {
  const { b } = c;
  const axes = spatialAxes(c.rank - 2);
  const ones = b.shift(b.zerosLike(c.in(0)), 1);
  const count = b.op('ReduceSum', [ones, b.int64(axes)], { keepdims: 1 });
  return [b.expand(b.div(c.g, count), c.shape(0), c.in(0))];
};

/** Equal largest values share, as torch.amax does. */
const globalMaxPool: Rule = (c) => {
  const { b } = c;
  const mask = b.cast(b.op('Equal', [c.in(0), c.output(0)]), b.dtypeOf(c.g));
  return [b.mul(mask, b.div(c.g, b.sum(mask, spatialAxes(c.rank - 2))))];
};

export const convolutionGradients: Record<string, Rule> = {
  Conv: conv, ConvTranspose: convTranspose, AveragePool: averagePool, MaxPool: maxPool,
  GlobalAveragePool: globalAveragePool, GlobalMaxPool: globalMaxPool,
};
