/** Tensors by reference: type, shape, and bytes that lie in memory or still in a file. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { itemSize, type DataType } from './dtype.ts';
import { OnnxError } from './error.ts';
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './half.ts';

/** A byte range of a file, with the file's identity when the range was taken: a replaced file is refused, not misread. */
export interface FileRange {
  readonly kind: 'file';
  readonly file: string;
  readonly offset: number;
  readonly length: number;
  /** Whole-file external data, or a range inside a protobuf. */
  readonly external: boolean;
  readonly stamp?: string;
}

export type TensorData = { readonly kind: 'bytes'; readonly bytes: Uint8Array } | { readonly kind: 'strings'; readonly strings: readonly Uint8Array[] } | FileRange;

export interface Tensor {
  readonly dtype: DataType;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, n) => product * n, 1);
}

export function byteLength(tensor: Tensor): number {
  if (tensor.data.kind === 'bytes') return tensor.data.bytes.byteLength;
  if (tensor.data.kind === 'file') return tensor.data.length;
  return tensor.data.strings.reduce((sum, s) => sum + s.byteLength, 0);
}

/** The raw little-endian elements, read from the file if that is where they are; nothing is cached. */
export function tensorBytes(tensor: Tensor): Uint8Array {
  const { data } = tensor;
  if (data.kind === 'bytes') return data.bytes;
  if (data.kind === 'strings') throw new OnnxError('a string tensor has no numeric bytes');
  const bytes = new Uint8Array(data.length);
  const descriptor = openRange(data);
  try {
    for (let done = 0; done < data.length;) {
      const read = readSync(descriptor, bytes, done, Math.min(data.length - done, 1 << 30), data.offset + done);
      if (read === 0) throw new OnnxError(`tensor data ends at byte ${data.offset + done}, expected ${data.offset + data.length}`, { file: data.file });
      done += read;
    }
  } finally {
    closeSync(descriptor);
  }
  return bytes;
}

/** Opens a range's file after checking that it is still the one that was read. The caller closes it. */
export function openRange(range: FileRange): number {
  let descriptor: number;
  try {
    descriptor = openSync(range.file, 'r');
  } catch (error) {
    throw new OnnxError(`cannot open tensor data: ${error instanceof Error ? error.message : String(error)}`, { file: range.file });
  }
  if (range.stamp !== undefined && range.stamp !== fileStamp(descriptor)) {
    closeSync(descriptor);
    throw new OnnxError('the file changed after the model was read', { file: range.file });
  }
  return descriptor;
}

export function fileStamp(descriptor: number): string {
  const { ino, size, mtimeMs } = fstatSync(descriptor);
  return `${ino}-${size}-${mtimeMs}`;
}

/** Elements as JavaScript numbers (int64 beyond 2^53 loses precision: use `tensorBigInts` where that matters). */
export function tensorNumbers(tensor: Tensor): Float64Array | Float32Array {
  const bytes = alignedBytes(tensor);
  const { buffer, byteOffset } = bytes;
  const count = elementCount(tensor.dims);
  switch (tensor.dtype) {
    case 'float32': return new Float32Array(buffer, byteOffset, count);
    case 'float64': return new Float64Array(buffer, byteOffset, count);
    case 'float16': return float16ToFloat32(new Uint16Array(buffer, byteOffset, count));
    case 'bfloat16': return bfloat16ToFloat32(new Uint16Array(buffer, byteOffset, count));
    case 'int64': return Float64Array.from(new BigInt64Array(buffer, byteOffset, count), Number);
    case 'uint64': return Float64Array.from(new BigUint64Array(buffer, byteOffset, count), Number);
    case 'int32': return Float64Array.from(new Int32Array(buffer, byteOffset, count));
    case 'uint32': return Float64Array.from(new Uint32Array(buffer, byteOffset, count));
    case 'int16': return Float64Array.from(new Int16Array(buffer, byteOffset, count));
    case 'uint16': return Float64Array.from(new Uint16Array(buffer, byteOffset, count));
    case 'int8': return Float64Array.from(new Int8Array(buffer, byteOffset, count));
    case 'uint8': case 'bool': return Float64Array.from(bytes.subarray(0, count));
    default: throw new OnnxError(`cannot read elements of type ${tensor.dtype}`);
  }
}

/** Exact elements of an int64 tensor. */
export function tensorBigInts(tensor: Tensor): BigInt64Array {
  if (tensor.dtype !== 'int64') throw new OnnxError(`expected an int64 tensor, found ${tensor.dtype}`);
  const bytes = alignedBytes(tensor);
  return new BigInt64Array(bytes.buffer, bytes.byteOffset, elementCount(tensor.dims));
}

export function int64Tensor(values: readonly (number | bigint)[], dims: readonly number[] = [values.length]): Tensor {
  return fromArray('int64', BigInt64Array.from(values, BigInt), dims);
}

/** A tensor of a float, int or bool type from plain numbers. */
export function numberTensor(dtype: DataType, values: ArrayLike<number>, dims: readonly number[]): Tensor {
  switch (dtype) {
    case 'float32': return fromArray(dtype, Float32Array.from(values), dims);
    case 'float64': return fromArray(dtype, Float64Array.from(values), dims);
    case 'float16': return fromArray(dtype, float32ToFloat16(values), dims);
    case 'bfloat16': return fromArray(dtype, float32ToBfloat16(values), dims);
    case 'int64': return int64Tensor(Array.from(values), dims);
    case 'int32': return fromArray(dtype, Int32Array.from(values), dims);
    case 'int8': return fromArray(dtype, Int8Array.from(values), dims);
    case 'uint8': case 'bool': return fromArray(dtype, Uint8Array.from(values), dims);
    default: throw new OnnxError(`cannot make a tensor of type ${dtype}`);
  }
}

/** Wraps raw little-endian bytes; throws when their number does not fit. */
export function rawTensor(dtype: DataType, dims: readonly number[], bytes: Uint8Array): Tensor {
  const expected = Math.ceil(elementCount(dims) * itemSize(dtype));
  if (bytes.byteLength !== expected) throw new OnnxError(`${bytes.byteLength} bytes for ${dtype} [${dims.join(', ')}], which needs ${expected}`);
  return { dtype, dims, data: { kind: 'bytes', bytes } };
}

function fromArray(dtype: DataType, array: { buffer: ArrayBufferLike; byteOffset: number; byteLength: number }, dims: readonly number[]): Tensor {
  return rawTensor(dtype, dims, new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
}

function alignedBytes(tensor: Tensor): Uint8Array {
  const bytes = tensorBytes(tensor);
  return bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes);
}
