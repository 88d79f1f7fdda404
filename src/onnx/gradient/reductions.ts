/** Gradients of reductions, softmax and normalisations. */
import type { Dim } from '../dim.ts';
import type { Rule, RuleCall } from './rule.ts';

/** The reduced axes, counted from the front; undefined when nothing is reduced. */
function reducedAxes(c: RuleCall): number[] {
  const axes = c.has(1) ? c.numbers(1) : c.ints('axes');
  if (c.has(1) && !axes) throw c.error('no gradient for a reduction over axes that are only known at run time');
  if (!axes || axes.length === 0) return c.int('noop_with_empty_axes', 0) ? [] : [...Array(c.rank).keys()];
  return axes.map((a) => (a < 0 ? a + c.rank : a)).sort((x, y) => x - y);
}

/** g and y with the reduced axes as 1 again, and how to spread over x. */
function kept(c: RuleCall, value: string): string {
  return c.int('keepdims', 1) === 1 ? value : c.b.unsqueeze(value, reducedAxes(c));
}

function spread(c: RuleCall, value: string): string {
  return c.b.expand(value, c.shape(0), c.in(0));
}

/** gradient = g · slope(x, y), broadcast over x. */
function reduction(slope: (c: RuleCall, g: string, x: string, y: string, axes: number[]) => string): Rule {
  return (c) => [slope(c, kept(c, c.g), c.in(0), kept(c, c.output(0)), reducedAxes(c)), null];
}

function elementCount(c: RuleCall, axes: readonly number[], like: string): string {
  const dims = axes.map((a) => c.shape(0)[a] as Dim);
  if (dims.every((d) => typeof d === 'number')) return c.b.scalar((dims as number[]).reduce((p, d) => p * d, 1), { like });
  const sizes = c.b.concat(axes.map((a) => c.b.dimension(c.in(0), a)), 0);
  return c.b.cast(c.b.op('ReduceProd', [sizes], { keepdims: 0 }), c.b.dtypeOf(like));
}

/** Equal largest (smallest) values share the gradient evenly, as torch.amax does. */
const extremum = reduction(({ b }, g, x, y, axes) => {
  const mask = b.cast(b.op('Equal', [x, y]), b.dtypeOf(g));
  return b.mul(mask, b.div(g, b.sum(mask, axes)));
});

/** The product of the others, also where some are zero. */
const product = reduction(({ b }, g, x, _, axes) => {
  const [zero, one] = [b.scalar(0, { like: x }), b.scalar(1, { like: x })];
  const isZero = b.op('Equal', [x, zero]);
  const zeros = b.sum(b.cast(isZero, b.dtypeOf(x)), axes);
  const rest = b.op('ReduceProd', [b.where(isZero, one, x), b.int64(axes)], { keepdims: 1 });
  const atZero = b.where(b.op('Equal', [zeros, one]), rest, zero);
  const elsewhere = b.div(b.where(b.op('Equal', [zeros, zero]), rest, zero), b.where(isZero, one, x));
  return b.mul(g, b.where(isZero, atZero, elsewhere));
});

/** x / ‖x‖, and 0 at 0. */
const norm2 = reduction(({ b }, g, x, y) => {
  const zero = b.scalar(0, { like: y });
  const isZero = b.op('Equal', [y, zero]);
  return b.mul(x, b.where(isZero, zero, b.div(g, b.where(isZero, b.scalar(1, { like: y }), y))));
});

/** y·(g − Σ g·y). */
const softmax: Rule = (c) => {
  const { b, g } = c;
  const y = c.output(0);
  const gy = b.mul(g, y);
  return [b.sub(gy, b.mul(y, b.sum(gy, [c.axis('axis', -1)])))];
};

const logSoftmax: Rule = (c) => {
  const { b, g } = c;
  return [b.sub(g, b.mul(b.op('Exp', [c.output(0)]), b.sum(g, [c.axis('axis', -1)])))];
};

const lpNormalization: Rule = (c) => {
  const { b, g } = c;
  const axis = c.axis('axis', -1);
  const y = c.output(0);
  if (c.int('p', 2) === 2) {
    const norm = b.op('ReduceL2', [c.in(0), b.int64([axis])]);
    return [b.div(b.sub(g, b.mul(y, b.sum(b.mul(g, y), [axis]))), norm)];
  }
  const norm = b.op('ReduceL1', [c.in(0), b.int64([axis])]);
  return [b.div(b.sub(g, b.mul(b.op('Sign', [c.in(0)]), b.sum(b.mul(g, y), [axis]))), norm)];
};

export const reductionGradients: Record<string, Rule> = {
  ReduceSum: reduction((c, g) => spread(c, g)),
  ReduceMean: reduction((c, g, _, __, axes) => spread(c, c.b.div(g, elementCount(c, axes, g)))),
  ReduceMax: extremum,
  ReduceMin: extremum,
  ReduceProd: product,
  ReduceSumSquare: reduction(({ b }, g, x) => b.mul(b.scale(g, 2), x)),
  ReduceL1: reduction(({ b }, g, x) => b.mul(g, b.op('Sign', [x]))),
  ReduceL2: norm2,
  ReduceLogSum: reduction((c, g, x, y) => spread(c, c.b.div(g, c.b.op('Exp', [y])))),
  ReduceLogSumExp: reduction(({ b }, g, x, y) => b.mul(g, b.op('Exp', [b.sub(x, y)]))),
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  LpNormalization: lpNormalization,
};
