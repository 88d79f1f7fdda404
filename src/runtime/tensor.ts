/**
 * Plain tensors: row-major values with their shape. Outside this room every float is a `Float32Array`, whatever the
 * graph declares; `openSession` converts.
 */
import { RuntimeError } from './error';

/** Element types an input or output of a graph can have and that this engine passes on. */
export type DType = 'float32' | 'float16' | 'float64' | 'int64' | 'int32' | 'int16' | 'int8' | 'uint64' | 'uint32' | 'uint16' | 'uint8' | 'bool';

export type TensorData =
  | Float32Array | Float64Array | BigInt64Array | BigUint64Array
  | Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;

/** `float16` data, where a caller insists on it, is the bit patterns in a `Uint16Array`; `bool` is one byte each. */
export interface Tensor {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

/** What a graph says of one input or output. A symbolic dimension is its name (`''` if it has none). */
export interface ValueInfo {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | string)[];
}

const ARRAYS = {
  float32: Float32Array, float16: Uint16Array, float64: Float64Array, int64: BigInt64Array, int32: Int32Array,
  int16: Int16Array, int8: Int8Array, uint64: BigUint64Array, uint32: Uint32Array, uint16: Uint16Array,
  uint8: Uint8Array, bool: Uint8Array,
} as const;

/** The typed array that holds elements of `dtype`. */
export function arrayOf(dtype: DType): (typeof ARRAYS)[DType] {
  return ARRAYS[dtype];
}

export function isDType(name: string): name is DType {
  return name in ARRAYS;
}

/** A float32 tensor around `data`, which is not copied. Throws `RuntimeError` if the shape does not fit. */
export function tensor(data: Float32Array, dims: readonly number[]): Tensor & { readonly data: Float32Array } {
  if (data.length !== elementCount(dims)) {
    throw new RuntimeError('failed', `a tensor of shape [${dims.join(', ')}] needs ${elementCount(dims)} values, got ${data.length}`);
  }
  return { dtype: 'float32', dims, data };
}

/** Whole numbers in the integer type that `info` declares (text encoders take int32 or int64 by exporter). */
export function integerTensor(values: readonly number[], dims: readonly number[], dtype: DType): Tensor {
  switch (dtype) {
    case 'int64': return { dtype, dims, data: BigInt64Array.from(values, BigInt) };
    case 'int32': return { dtype, dims, data: Int32Array.from(values) };
    case 'float16': case 'float32': case 'float64': return tensor(Float32Array.from(values), dims);
    default: throw new RuntimeError('bad-model', `whole numbers are fed as int64, int32 or float, not as ${dtype}`);
  }
}

/** Elements in a tensor of that shape; 1 for a scalar. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, n) => product * n, 1);
}
