/**
 * Gradients of convolutions and pools. The input's gradient is the transposed convolution with the same weights;
 * the weights' gradient is a matrix product per place in the kernel, or a convolution of the input with the gradient, batch
 * and channels exchanged and stride and dilation exchanged (Dumoulin and Visin, arXiv 1603.07285).
 */
import type { GraphBuilder } from '../builder.ts';
import type { Dim } from '../dim.ts';
import { numberTensor } from '../tensor.ts';
import type { Rule } from './rule.ts';
import { fitWindows, geometryOf, spatialAxes, type Geometry } from './windows.ts';

/** Adds over batch and positions. */
function biasGradient(b: GraphBuilder, g: string, bias: string): string {
  return b.reshapeLike(b.sum(g, [0, ...spatialAxes(b.rankOf(g) - 2)]), bias);
}

const conv: Rule = (c) => {
  const { b, g } = c;
  const [x, weight] = [c.in(0), c.in(1)];
  const geometry = geometryOf(c, c.shape(1).slice(2));
  const fit = fitWindows(c, geometry);
  const dx = convInput(b, g, weight, fit.x, fit.geometry);
  return [fit.undo(dx, x), convWeight(b, fit.x, g, fit.geometry, weight), c.has(2) ? biasGradient(b, g, c.in(2)) : null];
};

/** With a stride the input may be larger than what the windows covered: pad the output to the most it can be, then cut. */
function convInput(b: GraphBuilder, g: string, weight: string, x: string, { strides, dilations, pads, group, exact }: Geometry): string {
  const extra = strides.map((s) => (exact ? 0 : s - 1));
  const dx = b.op('ConvTranspose', [g, weight], { strides, dilations, pads, group, ...(extra.some((e) => e > 0) && { output_padding: extra }) });
  if (extra.every((e) => e === 0)) return dx;
  const axes = spatialAxes(strides.length);
  const ends = b.dimensions(axes.map((a) => b.shapeOf(x)[a] as Dim), undefined, () => b.op('Shape', [x], { start: 2 }));
  return b.op('Slice', [dx, b.int64(axes.map(() => 0)), ends, b.int64(axes)]);
}

/** Windows of more elements than this, as patch embeddings have, are few: one convolution is faster then. */
const MOST_TAPS = 9;

function convWeight(b: GraphBuilder, x: string, g: string, geometry: Geometry, w: string): string {
  const taps = geometry.kernel.every((k) => typeof k === 'number') ? tapsOf(geometry.kernel as number[]) : [];
  if (geometry.group === 1 && taps.length > 0 && taps.length <= MOST_TAPS) return byTaps(b, x, g, geometry, taps, w);
  return byCorrelation(b, x, g, geometry, w);
}

const tapsOf = (kernel: readonly number[]): number[][] => kernel.reduce<number[][]>((all, k) => all.flatMap((tap) => [...Array(k).keys()].map((i) => [...tap, i])), [[]]);

/**
 * One matrix product per place in the kernel: the gradient [M, positions] times the input under that place, transposed.
 * Measured on one thread against the correlation below: 1.2 to 2 times as fast for 3×3 kernels, 5 to 16 times for 1×1.
 */
function byTaps(b: GraphBuilder, x: string, g: string, { strides, dilations, pads, kernel }: Geometry, taps: readonly number[][], w: string): string {
  const n = kernel.length;
  const axes = spatialAxes(n);
  const int = (v: number): string => b.int64([v]);
  const padded = pads.every((p) => p === 0) ? x : b.pad(x, axes, pads.slice(0, n).map(int), pads.slice(n).map(int));
  const whole = taps.length === 1 && padded === x && strides.every((s) => s === 1);
  const spans = axes.map((axis, i) => b.shift(b.scale(b.shift(b.dimension(g, axis), -1), strides[i] ?? 1), 1));
  const matrix = (v: string): string => b.op('Reshape', [v, b.int64([0, 0, -1])]);
  const gradient = matrix(g);
  const products = taps.map((tap) => {
    const starts = tap.map((k, i) => k * (dilations[i] ?? 1));
    const ends = b.concat(spans.map((span, i) => b.shift(span, starts[i] ?? 0)), 0);
    const under = whole ? x : b.op('Slice', [padded, b.int64(starts), ends, b.int64(axes), b.int64(strides)]);
    const product = b.matMul(gradient, b.transpose(matrix(under), [0, 2, 1])); // [N, M, C]
    return b.squeeze(b.sum(product, [0]), [0]);
  });
  return b.reshape(taps.length === 1 ? (products[0] as string) : b.concat(products.map((p) => b.unsqueeze(p, [2])), 2), b.shapeOf(w), w);
}

/** Grouped: each group's pictures take the channels' place, so one grouped convolution does all of them. */
function byCorrelation(b: GraphBuilder, x: string, g: string, { strides, dilations, pads, group, kernel }: Geometry, w: string): string {
  const axes = spatialAxes(strides.length);
  const swap = [1, 0, ...axes];
  const gT = b.transpose(g, swap); // [M, N, out...]
  const xT = group === 1 ? b.transpose(x, swap) : groupsAsChannels(b, x, group); // [C/G, G·N, in...]
  // Windows beyond the kernel come from a remainder of the stride: cut them off.
  const full = b.op('Conv', [xT, gT], { strides: dilations, dilations: strides, pads, group });
  const cut = strides.every((s) => s === 1) ? full : b.op('Slice', [full, b.int64(axes.map(() => 0)), b.dimensions(kernel, undefined, () => b.op('Shape', [w], { start: 2 })), b.int64(axes)]);
  return b.known(b.transpose(cut, swap), b.shapeOf(w));
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

/**
 * The transposed convolution's transpose is the convolution itself, over the gradient padded or cut to where its windows
 * begin and end: what `output_padding` added does not come from the input.
 */
const convTranspose: Rule = (c) => {
  const { b } = c;
  const geometry = geometryOf(c, c.shape(1).slice(2));
  const { strides, dilations, group } = geometry;
  const given = c.ints('output_shape') !== undefined;
  const simple = geometry.pads && !given && !(c.ints('output_padding')?.some((e, i) => e >= (strides[i] ?? 1)) ?? false);
  const fit = simple ? { x: c.g, geometry: geometry as Geometry } : fitWindows(c, { ...geometry, pads: given ? undefined : geometry.pads }, { windows: c.in(0), over: c.g });
  const dx = b.known(b.op('Conv', [fit.x, c.in(1)], { strides, dilations, pads: fit.geometry.pads, group }), c.shape(0));
  return [dx, convWeight(b, fit.x, c.in(0), fit.geometry, c.in(1)), c.has(2) ? biasGradient(b, c.g, c.in(2)) : null];
};

/** Every window hands its gradient, divided by what it averaged, to its elements: a transposed convolution with ones. */
const averagePool: Rule = (c) => {
  const { b } = c;
  const x = c.in(0);
  const kernel = c.ints('kernel_shape') ?? [];
  const geometry = geometryOf(c, kernel);
  const fit = fitWindows(c, geometry);
  const area = kernel.reduce((p, k) => p * k, 1);
  const { strides, dilations } = geometry;
  const counted = c.int('count_include_pad', 0) === 1;
  /** The part of each window that lies in the picture (or its padding). */
  const inside = (): string => {
    const ones = b.op('Expand', [b.scalar(1, { like: c.g }), b.concat([b.int64([1, 1]), ...spatialAxes(kernel.length).map((a) => b.dimension(x, a))], 0)]);
    const region = fit.pad(ones, counted ? geometry.pads : undefined);
    return b.op('AveragePool', [region], { kernel_shape: kernel, strides, pads: fit.geometry.pads, count_include_pad: 1, ...(dilations.some((d) => d > 1) && { dilations }) });
  };
  const whole = counted ? !(geometry.ceil && geometry.pads) : geometry.pads?.every((p) => p === 0) && !geometry.ceil;
  const share = whole ? c.g : b.div(c.g, inside());
  // One channel at a time: [N·C, 1, out...].
  const single = (v: string): string => b.op('Reshape', [v, b.concat([b.int64([-1, 1]), b.op('Shape', [v], { start: 2 })], 0)]);
  const ones = b.expand(b.scalar(1 / area, { like: c.g }), [1, 1, ...kernel]);
  const dx = convInput(b, single(share), ones, fit.x, fit.geometry);
  return [b.reshapeLike(fit.undo(dx), x)];
};

/**
 * The first largest element of each window gets its gradient. Found by comparing, place by place in the kernel, and put
 * back by one transposed convolution: the operator's own Indices have no kernel in WebGPU. Large kernels take those.
 */
const maxPool: Rule = (c) => {
  const { b } = c;
  const kernel = c.ints('kernel_shape') ?? [];
  const taps = tapsOf(kernel);
  const flat = (v: string): string => b.reshape(v, [-1]);
  if (taps.length > MOST_COMPARED) {
    const zeros = flat(b.zerosLike(c.in(0), b.dtypeOf(c.g)));
    return [b.reshapeLike(b.op('ScatterElements', [zeros, flat(c.output(1)), flat(c.g)], { axis: 0, reduction: 'add' }), c.in(0))];
  }
  const geometry = geometryOf(c, kernel);
  const { strides, dilations } = geometry;
  const fit = fitWindows(c, { ...geometry, ceil: true }, { fill: b.scalar(LOWEST, { like: c.in(0) }) });
  const axes = spatialAxes(kernel.length);
  const single = (v: string): string => b.op('Reshape', [v, b.concat([b.int64([-1, 1]), b.op('Shape', [v], { start: 2 })], 0)]);
  const [x, y, g] = [single(fit.x), single(c.output(0)), single(c.g)];
  let taken: string | undefined;
  const shares = taps.map((tap) => {
    const starts = tap.map((k, i) => k * (dilations[i] ?? 1));
    const ends = b.concat(axes.map((axis, i) => b.shift(b.scale(b.shift(b.dimension(c.g, axis), -1), strides[i] ?? 1), 1 + (starts[i] ?? 0))), 0);
    const equal = b.op('Equal', [b.op('Slice', [x, b.int64(starts), ends, b.int64(axes), b.int64(strides)]), y]);
    const first = taken === undefined ? equal : b.op('And', [equal, b.op('Not', [taken])]);
    taken = taken === undefined ? equal : b.op('Or', [taken, equal]);
    return b.where(first, g, b.scalar(0, { like: g }));
  });
  const places = b.constant(numberTensor(b.dtypeOf(c.g), taps.flatMap((_, i) => taps.map((__, j) => (i === j ? 1 : 0))), [taps.length, 1, ...kernel]));
  const dx = b.op('ConvTranspose', [b.concat(shares, 1), places], { strides, dilations });
  return [b.reshapeLike(fit.undo(dx), c.in(0))];
};

const MOST_COMPARED = 25;
/** Of float32: below everything that a picture may hold. */
const LOWEST = -3.4028234663852886e38;

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
