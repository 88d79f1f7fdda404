/** Inference for operators that work element by element, on the values of small integer tensors too. */
import { addDims, divideDims, exactQuotient, multiplyDims, subtractDims, type Dim } from '../dim.ts';
import { dataTypeOf, isFloat, type DataType } from '../dtype.ts';
import { broadcastShapes, type Call, type InferenceRule, type ValueType } from './types.ts';

/** Longer vectors are data, not shapes. */
const MAX_VALUE = 64;

const same: InferenceRule = (c) => [{ dtype: c.dtype(), shape: c.shape() }];

type Arithmetic = (a: Dim, b: Dim, dtype: DataType) => Dim | undefined;

/** A broadcasting operator; `arithmetic` carries known elements through. */
function broadcasting(result: DataType | 'same', arithmetic?: Arithmetic): InferenceRule {
  return (c) => {
    const shape = broadcastShapes(c, c.inputs.map((t) => t?.shape));
    const dtype = result === 'same' ? c.dtype() : result;
    return [{ dtype, shape, value: arithmetic && combine(c, shape, 0, 1, (a, b) => arithmetic(a, b, c.dtype())) }];
  };
}

function combine(c: Call, shape: readonly Dim[] | undefined, i: number, j: number, f: (a: Dim, b: Dim) => Dim | undefined): Dim[] | undefined {
  const a = c.value(i);
  const b = c.value(j);
  if (!a || !b || !shape || shape.length > 1) return undefined;
  if (a.length !== b.length && a.length !== 1 && b.length !== 1) return undefined;
  const length = Math.max(a.length, b.length);
  if (length > MAX_VALUE) return undefined;
  const values: Dim[] = [];
  for (let k = 0; k < length; k++) {
    const value = f(a[a.length === 1 ? 0 : k] as Dim, b[b.length === 1 ? 0 : k] as Dim);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

const numeric = (f: (a: number, b: number) => number): Arithmetic => (a, b) =>
  typeof a === 'number' && typeof b === 'number' ? f(a, b) : undefined;

const divide: Arithmetic = (a, b, dtype) => {
  if (typeof a === 'number' && typeof b === 'number') return isFloat(dtype) ? a / b : Math.trunc(a / b);
  return isFloat(dtype) ? exactQuotient(a, b) : divideDims(a, b);
};

const multiply: Arithmetic = (a, b) => {
  const fraction = (d: Dim): boolean => typeof d === 'number' && !Number.isInteger(d);
  return (fraction(a) && typeof b !== 'number') || (fraction(b) && typeof a !== 'number') ? undefined : multiplyDims(a, b);
};

/** Sizes are never negative, so a symbol differs from -1: the pattern by which exporters write Expand. */
const equal: Arithmetic = (a, b) => {
  if (a === b) return 1;
  if (typeof a === 'number' && typeof b === 'number') return 0;
  return (typeof a === 'number' && a < 0) || (typeof b === 'number' && b < 0) ? 0 : undefined;
};

const unaryValue = (f: (a: number) => number, symbols = false): InferenceRule => (c) => {
  const value = c.value(0)?.map((v) => (typeof v === 'number' ? f(v) : symbols ? v : undefined));
  return [{ dtype: c.dtype(), shape: c.shape(), value: value?.every((v) => v !== undefined) ? (value as Dim[]) : undefined }];
};

const predicate: InferenceRule = (c) => [{ dtype: 'bool', shape: c.shape() }];

function castTo(c: Call, dtype: DataType): ValueType {
  const truncate = !isFloat(dtype) && dtype !== 'bool';
  const value = c.value(0)?.map((v) => (typeof v === 'number' && truncate ? Math.trunc(v) : v));
  return { dtype, shape: c.shape(), value: dtype === 'bool' ? undefined : value };
}

const where: InferenceRule = (c) => {
  const shape = broadcastShapes(c, c.inputs.map((t) => t?.shape));
  const dtype = c.inputs[1]?.dtype ?? c.dtype(2);
  const condition = c.numbers(0);
  if (!condition || !shape || shape.length > 1) return [{ dtype, shape }];
  const at = (i: number, k: number): Dim | undefined => { const v = c.value(i); return v?.length === 1 ? v[0] : v?.[k]; };
  const length = Math.max(condition.length, c.value(1)?.length ?? 0, c.value(2)?.length ?? 0);
  const value = Array.from({ length }, (_, k) => at(condition[condition.length === 1 ? 0 : k] ? 1 : 2, k));
  return [{ dtype, shape, value: value.every((v) => v !== undefined) ? (value as Dim[]) : undefined }];
};

const sameShape = [
  'Abs', 'Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'BitwiseNot', 'Celu', 'Clip', 'Cos', 'Cosh', 'CumSum', 'Elu', 'Erf', 'Exp', 'Gelu',
  'HardSigmoid', 'HardSwish', 'Hardmax', 'InstanceNormalization', 'GroupNormalization', 'LRN', 'LeakyRelu', 'Log', 'LogSoftmax', 'LpNormalization',
  'MeanVarianceNormalization', 'Mish', 'PRelu', 'Reciprocal', 'Relu', 'ReverseSequence', 'RMSNormalization', 'RotaryEmbedding', 'Selu', 'Shrink',
  'Sigmoid', 'Sign', 'Sin', 'Sinh', 'Softmax', 'Softplus', 'Softsign', 'Sqrt', 'Swish', 'Tan', 'Tanh', 'ThresholdedRelu', 'Trilu',
  'SimplifiedLayerNormalization', 'Scatter', 'ScatterElements', 'ScatterND',
];

export const elementwiseRules: Record<string, InferenceRule> = {
  ...Object.fromEntries(sameShape.map((name) => [name, same])),
  Identity: (c) => [c.inputs[0]],
  Neg: unaryValue((a) => -a),
  Floor: unaryValue(Math.floor, true),
  Ceil: unaryValue(Math.ceil, true),
  Round: unaryValue((a) => a, true),
  Not: unaryValue((a) => 1 - a),
  IsNaN: predicate, IsInf: predicate,
  Dropout: (c) => [{ dtype: c.dtype(), shape: c.shape() }, { dtype: 'bool', shape: c.shape() }],
  Cast: (c) => [castTo(c, dataTypeOf(c.int('to', 1)) ?? 'float32')],
  CastLike: (c) => (c.inputs[1] ? [castTo(c, c.dtype(1))] : []),
  Add: broadcasting('same', (a, b) => addDims(a, b)),
  Sub: broadcasting('same', (a, b) => subtractDims(a, b)),
  Mul: broadcasting('same', multiply),
  Div: broadcasting('same', divide),
  Mod: broadcasting('same', numeric((a, b) => a - b * Math.floor(a / b))),
  Pow: broadcasting('same'),
  Min: broadcasting('same', (a, b) => (a === b ? a : numeric(Math.min)(a, b, 'int64'))),
  Max: broadcasting('same', (a, b) => (a === b ? a : numeric(Math.max)(a, b, 'int64'))),
  Sum: broadcasting('same'), Mean: broadcasting('same'),
  BitShift: broadcasting('same'), BitwiseAnd: broadcasting('same'), BitwiseOr: broadcasting('same'), BitwiseXor: broadcasting('same'),
  Equal: broadcasting('bool', equal),
  Less: broadcasting('bool', numeric((a, b) => Number(a < b))),
  LessOrEqual: broadcasting('bool', numeric((a, b) => Number(a <= b))),
  Greater: broadcasting('bool', numeric((a, b) => Number(a > b))),
  GreaterOrEqual: broadcasting('bool', numeric((a, b) => Number(a >= b))),
  And: broadcasting('bool', numeric((a, b) => a & b)),
  Or: broadcasting('bool', numeric((a, b) => a | b)),
  Xor: broadcasting('bool', numeric((a, b) => a ^ b)),
  Where: where,
};
