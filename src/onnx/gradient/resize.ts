/**
 * Gradient of Resize, which is linear and separable: along each axis y = A·x, so dx = Aᵀ·g. A is found by resizing the
 * identity matrix along that axis with the node's own attributes, whatever mode and coordinates it uses.
 */
import type { GraphBuilder } from '../builder.ts';
import type { Dim } from '../dim.ts';
import { exactQuotient } from '../dim.ts';
import type { Attribute } from '../model.ts';
import { numberTensor } from '../tensor.ts';
import type { Rule, RuleCall } from './rule.ts';

const resize: Rule = (c) => {
  const { b } = c;
  const from = c.shape(0);
  const to = b.shapeOf(c.output(0));
  if (c.string('coordinate_transformation_mode', '') === 'tf_crop_and_resize') throw c.error('no gradient for Resize with tf_crop_and_resize');
  if (c.string('keep_aspect_ratio_policy', 'stretch') !== 'stretch') throw c.error('no gradient for Resize that keeps the aspect ratio');
  const resized = from.flatMap((d, i) => (d === to[i] ? [] : [i]));
  const rest = c.x.slice(1).map(() => null);
  const repeats = resized.map((i) => exactQuotient(to[i] as Dim, from[i] as Dim));
  if (repeats.every((r): r is number => typeof r === 'number' && Number.isInteger(r)) && repeatsEachElement(c)) return [sumBlocks(c, resized, repeats), ...rest];
  return [resized.reduce((g, axis) => alongAxis(c, g, axis), c.g), ...rest];
};

/** Nearest neighbour by a whole factor repeats every element, under the roundings that exporters use. */
function repeatsEachElement(c: RuleCall): boolean {
  if (c.string('mode', 'nearest') !== 'nearest') return false;
  const mode = c.string('coordinate_transformation_mode', 'half_pixel');
  const rounding = c.string('nearest_mode', 'round_prefer_floor');
  return (mode === 'asymmetric' && rounding === 'floor') || (mode === 'half_pixel' && rounding.startsWith('round'));
}

/** [.., H·r, ..] → [.., H, r, ..], then summed. */
function sumBlocks(c: RuleCall, axes: readonly number[], repeats: readonly number[]): string {
  const { b } = c;
  const parts = c.shape(0).flatMap((_, i) => {
    const k = axes.indexOf(i);
    const size = b.dimension(c.in(0), i);
    return k < 0 ? [size] : [size, b.int64([repeats[k] ?? 1])];
  });
  const blocks = b.op('Reshape', [c.g, b.concat(parts, 0)]);
  return b.reshapeLike(b.sum(blocks, axes.map((a, k) => a + k + 1)), c.in(0));
}

function alongAxis(c: RuleCall, g: string, axis: number): string {
  const { b } = c;
  const matrix = resizeMatrix(c, axis); // [in, out]
  const rank = c.rank;
  const order = [...[...Array(rank).keys()].filter((i) => i !== axis), axis];
  const moved = b.matMul(b.transpose(g, order), b.transpose(matrix, [1, 0]));
  return b.transpose(moved, order.map((_, i) => order.indexOf(i)));
}

/** Row i is the resized i-th unit vector. */
function resizeMatrix(c: RuleCall, axis: number): string {
  const { b } = c;
  const size = b.dimension(c.in(0), axis);
  const outSize = b.dimension(c.output(0), axis);
  const range = b.positions(c.in(0), axis);
  const identity = b.cast(b.op('Equal', [b.unsqueeze(range, [1]), range]), b.dtypeOf(c.g));
  const kept = new Map([...c.node.attributes].filter(([name]) => !['axes', 'keep_aspect_ratio_policy'].includes(name)));
  return resizeAs(b, b.unsqueeze(identity, [0, 1]), { c, axis, size, outSize, attributes: Object.fromEntries(kept) });
}

/** With scales the coordinates follow the given scale, not the ratio of sizes: it is handed on. */
function resizeAs(b: GraphBuilder, eye: string, { c, axis, size, outSize, attributes }: { c: RuleCall; axis: number; size: string; outSize: string; attributes: Record<string, Attribute> }): string {
  const axes = c.ints('axes')?.map((a) => (a < 0 ? a + c.rank : a)) ?? c.shape(0).map((_, i) => i);
  const k = axes.indexOf(axis);
  const inputs = c.has(3)
    ? [eye, '', '', b.concat([b.int64([1, 1]), size, outSize], 0)]
    : [eye, '', b.concat([b.op('ConstantOfShape', [b.int64([3])], { value: oneTensor }), b.slice(c.in(2), 0, k, k + 1)], 0)];
  return b.squeeze(b.op('Resize', inputs, attributes), [0, 1]);
}

const oneTensor: Attribute = { type: 'tensor', value: numberTensor('float32', [1], [1]) };

export const resizeGradients: Record<string, Rule> = { Resize: resize };
