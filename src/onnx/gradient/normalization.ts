/**
 * Gradients of normalisations. With x̂ = (x − μ)·r and ĝ = g·γ, over the normalised axes:
 * dx = r·(ĝ − mean(ĝ) − x̂·mean(ĝ·x̂)), dγ = Σ g·x̂, dβ = Σ g (Ba et al., arXiv 1607.06450).
 */
import type { GraphBuilder } from '../builder.ts';
import type { Dim } from '../dim.ts';
import type { Rule } from './rule.ts';

function throughNormalised(b: GraphBuilder, gHat: string, xHat: string, scale: string, axes: readonly number[], centred = true): string {
  const projected = b.mul(xHat, b.mean(b.mul(gHat, xHat), axes));
  return b.mul(b.sub(centred ? b.sub(gHat, b.mean(gHat, axes)) : gHat, projected), scale);
}

function reciprocalDeviation(b: GraphBuilder, variance: string, epsilon: number): string {
  return b.op('Reciprocal', [b.op('Sqrt', [b.shift(variance, epsilon)])]);
}

/** γ may be broadcast against the normalised axes; its gradient is summed to its own shape. */
const layerNormalization: Rule = (c) => {
  const { b, g } = c;
  const [x, gamma] = [c.in(0), c.in(1)];
  const axis = c.axis('axis', -1);
  const axes = [...Array(c.rank).keys()].slice(axis);
  const [mean, r] = [c.output(1), c.output(2)].map((v) => b.cast(v, b.dtypeOf(g))) as [string, string];
  const xHat = b.mul(b.sub(x, mean), r);
  return [throughNormalised(b, b.mul(g, gamma), xHat, r, axes), sumTo(b, b.mul(g, xHat), gamma), c.has(2) ? sumTo(b, g, c.in(2)) : null];
};

/** x / √(mean(x²) + ε) · γ. */
const rmsNormalization: Rule = (c) => {
  const { b, g } = c;
  const [x, gamma] = [c.in(0), c.in(1)];
  const axes = [...Array(c.rank).keys()].slice(c.axis('axis', -1));
  const r = reciprocalDeviation(b, b.mean(b.mul(x, x), axes), c.float('epsilon', 1e-5));
  const xHat = b.mul(x, r);
  return [throughNormalised(b, b.mul(g, gamma), xHat, r, axes, false), sumTo(b, b.mul(g, xHat), gamma)];
};

/** Per picture and channel. */
const instanceNormalization: Rule = (c) => {
  const { b, g } = c;
  const x = c.in(0);
  const axes = [...Array(c.rank).keys()].slice(2);
  const perChannel = (v: string): string => b.unsqueeze(v, axes.map((_, i) => i + 1));
  const centred = b.sub(x, b.mean(x, axes));
  const r = reciprocalDeviation(b, b.mean(b.mul(centred, centred), axes), c.float('epsilon', 1e-5));
  const xHat = b.mul(centred, r);
  const toChannels = (v: string): string => b.reshapeLike(b.sum(v, [0, ...axes]), c.in(1));
  return [throughNormalised(b, b.mul(g, perChannel(c.in(1))), xHat, r, axes), toChannels(b.mul(g, xHat)), toChannels(g)];
};

/** Per picture and group of channels; scale and bias are per channel since 21, per group before. */
const groupNormalization: Rule = (c) => {
  const { b, g } = c;
  const [x, gamma] = [c.in(0), c.in(1)];
  const groups = c.int('num_groups', 1);
  const perGroup = b.opset < 21;
  const grouped = (v: string): string => b.op('Reshape', [v, b.int64([0, groups, -1])]);
  const wide = (v: string): string => b.unsqueeze(v, [...Array(c.rank - 2).keys()].map((i) => i + 1));
  const xg = grouped(x);
  const centred = b.sub(xg, b.mean(xg, [2]));
  const r = reciprocalDeviation(b, b.mean(b.mul(centred, centred), [2]), c.float('epsilon', 1e-5));
  const xHat = b.mul(centred, r);
  const scaled = perGroup ? b.mul(grouped(g), b.unsqueeze(gamma, [1])) : grouped(b.mul(g, wide(gamma)));
  const dx = b.reshapeLike(throughNormalised(b, scaled, xHat, r, [2]), x);
  const toParameter = (v: string): string => b.reshapeLike(b.sum(v, perGroup ? [0, 2] : [0, ...spatialAxes(c.rank)]), gamma);
  const products = perGroup ? b.mul(grouped(g), xHat) : b.mul(g, b.reshapeLike(xHat, x));
  return [dx, toParameter(products), toParameter(perGroup ? grouped(g) : g)];
};

const spatialAxes = (rank: number): number[] => [...Array(rank).keys()].slice(2);

/** With running statistics: an affine map per channel. */
const batchNormalization: Rule = (c) => {
  const { b, g } = c;
  if (c.int('training_mode', 0)) throw c.error('no gradient for BatchNormalization in training mode');
  const x = c.in(0);
  const spatial = [...Array(c.rank).keys()].slice(2);
  const wide = (v: string): string => b.unsqueeze(v, spatial.map((_, i) => i + 1));
  const r = reciprocalDeviation(b, c.in(4), c.float('epsilon', 1e-5));
  const xHat = b.mul(b.sub(x, wide(c.in(3))), wide(r));
  const toChannels = (v: string): string => b.reshapeLike(b.sum(v, [0, ...spatial]), c.in(1));
  const slope = b.mul(c.in(1), r);
  const [sumG, sumGx] = [toChannels(g), toChannels(b.mul(g, xHat))];
  const dVariance = b.scale(b.mul(b.mul(sumGx, c.in(1)), b.mul(r, r)), -0.5);
  return [b.mul(g, wide(slope)), sumGx, sumG, b.neg(b.mul(sumG, slope)), dVariance];
};

/** Sums leading axes, and those where the parameter has 1. */
function sumTo(b: GraphBuilder, v: string, parameter: string): string {
  const [from, to] = [b.shapeOf(v), b.shapeOf(parameter)];
  const lead = from.length - to.length;
  const axes = from.map((_, i) => i).filter((i) => i < lead || ((to[i - lead] as Dim) === 1 && from[i] !== 1));
  return b.reshapeLike(b.sum(v, axes), parameter);
}

export const normalizationGradients: Record<string, Rule> = {
  LayerNormalization: layerNormalization,
  RMSNormalization: rmsNormalization,
  SimplifiedLayerNormalization: rmsNormalization,
  InstanceNormalization: instanceNormalization,
  GroupNormalization: groupNormalization,
  BatchNormalization: batchNormalization,
};
