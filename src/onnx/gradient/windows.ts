/** Where the windows of convolutions and pools lie: strides, dilations, and padding that may depend on sizes at run time. */
import type { Dim } from '../dim.ts';
import { explicitPads } from '../shapes/compute.ts';
import type { RuleCall } from './rule.ts';

export interface Geometry {
  readonly strides: number[];
  readonly dilations: number[];
  /** [begin..., end...]. */
  readonly pads: number[];
  readonly kernel: readonly Dim[];
  readonly group: number;
  /** Whether the last window ends exactly where the padded picture does. */
  readonly exact: boolean;
}

/** As the node states it. Padding is undefined where it depends on sizes that are not known (auto_pad SAME). */
export interface StatedGeometry extends Omit<Geometry, 'pads'> { readonly pads: number[] | undefined; readonly ceil: boolean }

export function geometryOf(c: RuleCall, kernel: readonly Dim[]): StatedGeometry {
  const ones = kernel.map(() => 1);
  const [strides, dilations] = [c.ints('strides') ?? ones, c.ints('dilations') ?? ones];
  return {
    strides, dilations, kernel, group: c.int('group', 1), exact: false, ceil: c.int('ceil_mode', 0) === 1,
    pads: explicitPads(c, kernel.length) ?? (c.node.opType === 'ConvTranspose' ? undefined : samePads(c, kernel, strides, dilations)),
  };
}

export const spatialAxes = (n: number): number[] => [...Array(n).keys()].map((i) => i + 2);

/** auto_pad SAME: the output is ceil(size / stride), the odd element goes behind (UPPER) or in front. */
function samePads(c: RuleCall, kernel: readonly Dim[], strides: number[], dilations: number[]): number[] | undefined {
  const [begin, end]: [number[], number[]] = [[], []];
  for (const [i, size] of c.shape(0).slice(2).entries()) {
    const k = kernel[i];
    const stride = strides[i] ?? 1;
    if (typeof k !== 'number' || (typeof size !== 'number' && stride !== 1)) return undefined;
    const reach = (k - 1) * (dilations[i] ?? 1) + 1;
    const total = typeof size === 'number' ? Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size) : reach - 1;
    const less = Math.floor(total / 2);
    begin.push(c.string('auto_pad', '') === 'SAME_UPPER' ? less : total - less);
    end.push(total - (begin[i] as number));
  }
  return [...begin, ...end];
}

export interface FittedWindows {
  /** The picture that the windows of `geometry` lie in. */
  readonly x: string;
  readonly geometry: Geometry;
  /** The same padding for another value of the picture's size; a region `stated` around it counts as part of it (1). */
  pad(value: string, stated?: number[]): string;
  /** From a gradient of `x` to one of the picture as it was, whose shape is that of `like`. */
  undo(dx: string, like?: string): string;
}

/**
 * Padding as the node has it, if that is known and the last window ends inside. Else (SAME with unknown sizes, ceil_mode)
 * the picture is padded at run time to exactly what the windows reach over. `windows` is a value with one element per
 * window, `over` the picture: a transposed convolution has them the other way round. `fill` is what is padded with, if not 0.
 */
export function fitWindows(c: RuleCall, stated: StatedGeometry, { windows = c.g, over = c.in(0), fill = '' }: { windows?: string; over?: string; fill?: string } = {}): FittedWindows {
  const { b } = c;
  const n = stated.kernel.length;
  const axes = spatialAxes(n);
  const transposed = over === c.g;
  const { pads } = stated;
  if (pads && !stated.ceil && !transposed) {
    return { x: over, geometry: { ...stated, pads }, pad: (v) => v, undo: (dx, like) => (like === undefined ? dx : b.known(dx, b.shapeOf(like))) };
  }
  const int = (v: number): string => b.int64([v]);
  const missing = axes.map((axis, i) => {
    const k = stated.kernel[i] as Dim;
    const reach = b.shift(b.scale(b.shift(typeof k === 'number' ? int(k) : b.dimension(c.in(1), axis), -1), stated.dilations[i] ?? 1), 1);
    const end = b.add2(b.scale(b.shift(b.dimension(windows, axis), -1), stated.strides[i] ?? 1), reach);
    return b.sub(end, b.dimension(over, axis));
  });
  const begins = missing.map((total, i) => {
    if (pads) return int(pads[i] ?? 0);
    const half = b.op('Div', [b.op('Max', [total, int(0)]), int(2)]);
    return c.string('auto_pad', '') === 'SAME_UPPER' ? half : b.sub(b.op('Max', [total, int(0)]), half);
  });
  const ends = missing.map((total, i) => b.sub(total, begins[i] as string));
  const minus = (amounts: readonly string[], less: readonly number[]): string[] => amounts.map((v, i) => b.shift(v, -(less[i] ?? 0)));
  return {
    x: b.pad(over, axes, begins, ends, fill),
    geometry: { ...stated, pads: Array<number>(2 * n).fill(0), exact: true },
    pad: (v, around) => {
      if (!around) return b.pad(v, axes, begins, ends);
      const counted = b.pad(v, axes, around.slice(0, n).map(int), around.slice(n).map(int), b.scalar(1, { like: v }));
      return b.pad(counted, axes, minus(begins, around), minus(ends, around.slice(n)));
    },
    undo: (dx, like) => { const cut = b.pad(dx, axes, begins.map((v) => b.neg(v)), ends.map((v) => b.neg(v))); return like === undefined ? cut : b.known(cut, b.shapeOf(like)); },
  };
}
