/** Gradients of operators that work element by element. Ties and boundary points follow PyTorch. */
import type { GraphBuilder } from '../builder.ts';
import type { Rule, RuleCall } from './rule.ts';

/** A function of one value: `slope` is dy/dx from x and y. */
function unary(slope: (b: GraphBuilder, x: string, y: string, call: RuleCall) => string): Rule {
  return (c) => [c.b.mul(c.g, slope(c.b, c.in(0), c.output(0), c)), ...c.x.slice(1).map(() => null)];
}

/** g where the mask holds, else 0. */
function masked(mask: (b: GraphBuilder, x: string, call: RuleCall) => string): Rule {
  return (c) => [keep(c, mask(c.b, c.in(0), c)), ...c.x.slice(1).map(() => null)];
}

function keep({ b, g }: RuleCall, mask: string): string { return b.where(mask, g, b.scalar(0, { like: g })); }

const compare = (b: GraphBuilder, op: 'Less' | 'LessOrEqual' | 'Greater' | 'GreaterOrEqual', x: string, bound: number): string =>
  b.op(op, [x, b.scalar(bound, { like: x })]);

const square = (b: GraphBuilder, x: string): string => b.mul(x, x);
const oneMinus = (b: GraphBuilder, x: string): string => b.sub(b.scalar(1, { like: x }), x);
const power = (b: GraphBuilder, x: string, exponent: number): string => b.op('Pow', [x, b.scalar(exponent, { like: x })]);

/** Standard normal density. */
const density = (b: GraphBuilder, x: string): string => b.scale(b.op('Exp', [b.scale(square(b, x), -0.5)]), 1 / Math.sqrt(2 * Math.PI));

/** x·Φ(x), or its tanh form: Hendrycks and Gimpel, arXiv 1606.08415. */
const gelu: Rule = unary((b, x, _, c) => {
  if (c.string('approximate', 'none') === 'none') {
    const phi = b.scale(b.shift(b.op('Erf', [b.scale(x, Math.SQRT1_2)]), 1), 0.5);
    return b.add2(phi, b.mul(x, density(b, x)));
  }
  const k = Math.sqrt(2 / Math.PI);
  const t = b.op('Tanh', [b.scale(b.add2(x, b.scale(b.mul(x, square(b, x)), 0.044715)), k)]);
  const inner = b.scale(b.shift(b.scale(square(b, x), 3 * 0.044715), 1), k);
  return b.scale(b.add2(b.shift(t, 1), b.mul(b.mul(x, oneMinus(b, square(b, t))), inner)), 0.5);
});

/** x·σ(αx). */
const swish: Rule = unary((b, x, y, c) => {
  const alpha = c.float('alpha', 1);
  const s = b.op('Sigmoid', [b.scale(x, alpha)]);
  return b.add2(s, b.mul(b.scale(y, alpha), oneMinus(b, s)));
});

/** d/dx x·tanh(softplus(x)). */
const mish: Rule = unary((b, x) => {
  const t = b.op('Tanh', [b.op('Softplus', [x])]);
  return b.add2(t, b.mul(b.mul(x, b.op('Sigmoid', [x])), oneMinus(b, square(b, t))));
});

/** 0^(n-1) and log 0 are avoided as PyTorch does: x^0 has slope 0, and 0^n no slope in n. */
const pow: Rule = ({ b, g, ...c }) => {
  const [x, n0] = [c.x[0] as string, c.x[1] as string];
  const n = b.cast(n0, b.dtypeOf(x));
  const y = c.y[0] as string;
  const zero = b.scalar(0, { like: x });
  const dx = b.where(b.op('Equal', [n, zero]), zero, b.mul(n, b.op('Pow', [x, b.shift(n, -1)])));
  const safe = b.where(b.op('Equal', [x, zero]), b.scalar(1, { like: x }), x);
  const dn = b.mul(y, b.op('Log', [safe]));
  return [b.mul(g, dx), b.dtypeOf(n0) === b.dtypeOf(x) ? b.mul(g, dn) : null];
};

/** Max and Min of two: equal values share the gradient. More operands are taken pair by pair (decompose.ts). */
const extremum = (op: 'Greater' | 'Less'): Rule => (c) => {
  const { b, g } = c;
  if (c.x.length === 1) return [g];
  const [p, q] = [c.in(0), c.in(1)];
  const share = (wins: string): string => b.mul(g, b.where(b.op('Equal', [p, q]), b.scalar(0.5, { like: g }), b.cast(wins, b.dtypeOf(g))));
  return [share(b.op(op, [p, q])), share(b.op(op, [q, p]))];
};

/** Boundaries belong to the inside; a bound that is a value gets what it cut off. Source: torch derivatives.yaml, clamp. */
const clip: Rule = (c) => {
  const { b, g } = c;
  const x = c.in(0);
  const zero = b.scalar(0, { like: g });
  const low = c.has(1) ? c.in(1) : undefined;
  const high = c.has(2) ? c.in(2) : undefined;
  const below = low && b.op('Less', [x, low]);
  const above = high && b.op('Greater', [x, high]);
  const outside = below && above ? b.op('Or', [below, above]) : (below ?? above);
  const total = (v: string): string => b.squeeze(b.sum(v, [...Array(b.rankOf(v)).keys()]), [...Array(b.rankOf(v)).keys()]);
  return [
    outside ? b.where(outside, zero, g) : g,
    below ? total(b.where(above ? b.op('And', [below, b.op('LessOrEqual', [low, high as string])]) : below, g, zero)) : null,
    above ? total(b.where(low ? b.op('Or', [above, b.op('Greater', [low, high as string])]) : above, g, zero)) : null,
  ];
};

const variadic = (weight: (count: number) => number): Rule => (c) => c.x.map(() => c.b.scale(c.g, weight(c.x.length)));

/** Rules whose gradients may be larger than their inputs: the walker sums them back. */
export const broadcasting = new Set(['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Where', 'Min', 'Max', 'Sum', 'Mean', 'PRelu', 'Mod', 'Expand']);

export const elementwiseGradients: Record<string, Rule> = {
  Add: ({ g }) => [g, g],
  Sub: ({ b, g }) => [g, b.neg(g)],
  Mul: ({ b, g, x: [p = '', q = ''] }) => [b.mul(g, q), b.mul(g, p)],
  Div: ({ b, g, x: [, q = ''], y: [y = ''] }) => { const t = b.div(g, q); return [t, b.neg(b.mul(t, y))]; },
  Pow: pow,
  Sum: variadic(() => 1),
  Mean: variadic((n) => 1 / n),
  Max: extremum('Greater'),
  Min: extremum('Less'),
  /** fmod: x - y·trunc(x/y); the integer form carries no gradient. */
  Mod: ({ b, g, x: [p = '', q = ''] }) => {
    const ratio = b.div(p, q);
    const truncated = b.mul(b.op('Sign', [ratio]), b.op('Floor', [b.op('Abs', [ratio])]));
    return [g, b.neg(b.mul(g, truncated))];
  },
  Where: ({ b, g, x: [condition = ''] }) => {
    const zero = b.scalar(0, { like: g });
    return [null, b.where(condition, g, zero), b.where(condition, zero, g)];
  },
  Identity: ({ g }) => [g],
  Dropout: (c) => {
    if (c.has(2) && c.numbers(2)?.[0] !== 0) throw c.error('no gradient for Dropout in training mode: its mask is random');
    return [c.g, null, null];
  },
  Neg: ({ b, g }) => [b.neg(g)],
  Abs: unary((b, x) => b.op('Sign', [x])),
  Reciprocal: unary((b, _, y) => b.neg(square(b, y))),
  Sqrt: unary((b, _, y) => b.div(b.scalar(0.5, { like: y }), y)),
  Exp: unary((_, __, y) => y),
  Log: unary((b, x) => b.op('Reciprocal', [x])),
  Erf: unary((b, x) => b.scale(b.op('Exp', [b.neg(square(b, x))]), 2 / Math.sqrt(Math.PI))),
  Sin: unary((b, x) => b.op('Cos', [x])),
  Cos: unary((b, x) => b.neg(b.op('Sin', [x]))),
  Tan: unary((b, _, y) => b.shift(square(b, y), 1)),
  Asin: unary((b, x) => power(b, oneMinus(b, square(b, x)), -0.5)),
  Acos: unary((b, x) => b.neg(power(b, oneMinus(b, square(b, x)), -0.5))),
  Atan: unary((b, x) => b.op('Reciprocal', [b.shift(square(b, x), 1)])),
  Sinh: unary((b, x) => b.op('Cosh', [x])),
  Cosh: unary((b, x) => b.op('Sinh', [x])),
  Tanh: unary((b, _, y) => oneMinus(b, square(b, y))),
  Asinh: unary((b, x) => power(b, b.shift(square(b, x), 1), -0.5)),
  Acosh: unary((b, x) => power(b, b.shift(square(b, x), -1), -0.5)),
  Atanh: unary((b, x) => b.op('Reciprocal', [oneMinus(b, square(b, x))])),
  Sigmoid: unary((b, _, y) => b.mul(y, oneMinus(b, y))),
  Softplus: unary((b, x) => b.op('Sigmoid', [x])),
  Softsign: unary((b, x) => power(b, b.shift(b.op('Abs', [x]), 1), -2)),
  Relu: masked((b, x) => compare(b, 'Greater', x, 0)),
  ThresholdedRelu: masked((b, x, c) => compare(b, 'Greater', x, c.float('alpha', 1))),
  Shrink: masked((b, x, c) => compare(b, 'Greater', b.op('Abs', [x]), c.float('lambd', 0.5))),
  LeakyRelu: (c) => [c.b.where(compare(c.b, 'Greater', c.in(0), 0), c.g, c.b.scale(c.g, c.float('alpha', 0.01)))],
  PRelu: ({ b, g, x: [x = '', slope = ''] }) => {
    const positive = compare(b, 'Greater', x, 0);
    return [b.where(positive, g, b.mul(g, slope)), b.where(positive, b.scalar(0, { like: g }), b.mul(g, x))];
  },
  Elu: unary((b, x, y, c) => b.where(compare(b, 'Greater', x, 0), b.scalar(1, { like: x }), b.shift(y, c.float('alpha', 1)))),
  Celu: unary((b, x, _, c) => b.where(compare(b, 'Greater', x, 0), b.scalar(1, { like: x }), b.op('Exp', [b.scale(x, 1 / c.float('alpha', 1))]))),
  Selu: unary((b, x, y, c) => {
    const [alpha, gamma] = [c.float('alpha', 1.67326319217681884765625), c.float('gamma', 1.05070102214813232421875)];
    return b.where(compare(b, 'Greater', x, 0), b.scalar(gamma, { like: x }), b.shift(y, alpha * gamma));
  }),
  HardSigmoid: (c) => {
    const { b } = c;
    const inside = b.op('And', [compare(b, 'Greater', c.output(0), 0), compare(b, 'Less', c.output(0), 1)]);
    return [keep({ ...c, b, g: b.scale(c.g, c.float('alpha', 0.2)) } as RuleCall, inside)];
  },
  HardSwish: unary((b, x) => {
    const inner = b.shift(b.scale(x, 1 / 3), 0.5);
    const upper = b.where(compare(b, 'LessOrEqual', x, 3), inner, b.scalar(1, { like: x }));
    return b.where(compare(b, 'Less', x, -3), b.scalar(0, { like: x }), upper);
  }),
  Gelu: gelu,
  Swish: swish,
  Mish: mish,
  Clip: clip,
  /** Triangles of the gradient, by the same diagonal. */
  Trilu: (c) => [c.b.op('Trilu', [c.g, ...c.x.slice(1)], { upper: c.int('upper', 1) }), null],
  /** The same sum from the other end. */
  CumSum: (c) => [c.b.op('CumSum', [c.g, c.in(1)], { exclusive: c.int('exclusive', 0), reverse: 1 - c.int('reverse', 0) }), null],
};
