/**
 * The safetensors container: named tensors and string metadata in one file, nothing executable.
 * Layout: 8 bytes header length (little endian), JSON header, tensor bytes without gaps.
 * Source: huggingface/safetensors README, "Format".
 */
import { randomBytes } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import type { DataType } from './dtype.ts';
import { OnnxError } from './error.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from './half.ts';
import { fileStamp, type Tensor } from './tensor.ts';

/** Bytes per element of every dtype that Easel reads and writes. */
const ITEM_SIZE = { F64: 8, I64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, U8: 1, I8: 1, BOOL: 1 } as const;

export type SafetensorsDtype = keyof typeof ITEM_SIZE;

const TYPES: Readonly<Record<SafetensorsDtype, DataType>> = { F64: 'float64', I64: 'int64', F32: 'float32', I32: 'int32', F16: 'float16', BF16: 'bfloat16', U8: 'uint8', I8: 'int8', BOOL: 'bool' };

/** `data` holds the elements little endian, row-major, and starts on an 8-byte boundary when it was read here. */
export interface SafeTensor {
  readonly dtype: SafetensorsDtype;
  readonly shape: number[];
  readonly data: Uint8Array;
}

export interface Safetensors {
  readonly metadata: Record<string, string>;
  readonly tensors: Map<string, SafeTensor>;
}

/** The reference reader refuses longer headers too: a wrong file must not allocate gigabytes. */
const MAX_HEADER = 100_000_000;

const dtypes = Object.keys(ITEM_SIZE) as [SafetensorsDtype, ...SafetensorsDtype[]];
const size = z.number().int().nonnegative();
const entrySchema = z.object({
  dtype: z.enum(dtypes),
  shape: z.array(size),
  data_offsets: z.tuple([size, size]),
});
const metadataSchema = z.record(z.string(), z.string());

/**
 * Reads a whole file.
 * Throws `OnnxError` (one line, naming the file and the tensor) when it is truncated, malformed or of an unknown dtype.
 */
export async function readSafetensors(path: string): Promise<Safetensors> {
  return inFile(path, async (file, { start, metadata, entries }) => {
    const tensors = new Map<string, SafeTensor>();
    for (const [name, { dtype, shape, data_offsets: [begin, end] }] of entries) {
      tensors.set(name, { dtype, shape, data: await readBytes(file, start + begin, end - begin, path) });
    }
    return { metadata, tensors };
  });
}

/** What a file holds, its numbers still in it: only the header is read. Throws as `readSafetensors` does. */
export async function safetensorsByReference(path: string): Promise<{ metadata: Record<string, string>; tensors: Map<string, Tensor> }> {
  return inFile(path, async (file, { start, metadata, entries }) => {
    const stamp = fileStamp(file.fd);
    const tensors = entries.map(([name, { dtype, shape, data_offsets: [begin, end] }]): [string, Tensor] =>
      [name, { dtype: TYPES[dtype], dims: shape, data: { kind: 'file', file: path, offset: start + begin, length: end - begin, external: false, stamp } }]);
    return { metadata, tensors: new Map(tensors) };
  });
}

/** Opens a file, and reads and checks its header for `work`. */
async function inFile<Result>(path: string, work: (file: FileHandle, header: { start: number; metadata: Record<string, string>; entries: [string, z.infer<typeof entrySchema>][] }) => Promise<Result>): Promise<Result> {
  const file = await openForReading(path);
  try {
    const total = (await file.stat()).size;
    const { header, start } = await readHeader(file, total, path);
    const { metadata, tensors: entries } = parseEntries(header, total - start, path);
    return await work(file, { start, metadata, entries });
  } finally {
    await file.close();
  }
}

/**
 * Writes under a temporary name and renames: a reader sees the old file or the whole new one.
 * Throws `OnnxError` when a tensor's bytes do not fit its shape.
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, SafeTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  // The reference writer's order: widest elements first, so that every tensor stays aligned, then by name.
  const ordered = [...tensors].sort(
    ([a, x], [b, y]) => ITEM_SIZE[y.dtype] - ITEM_SIZE[x.dtype] || (a < b ? -1 : a > b ? 1 : 0),
  );
  const header = encodeHeader(ordered, metadata, path);
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(header);
      for (const [, tensor] of ordered) await file.writeFile(tensor.data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new OnnxError(`cannot write safetensors: ${messageOf(error)}`, { file: path });
  }
}

/** The elements as float32, whatever they are stored as; a float32 tensor is viewed, not copied, when aligned. */
export function toFloat32(tensor: SafeTensor): Float32Array {
  const { dtype, shape } = tensor;
  const count = elementCount(shape);
  const { buffer, byteOffset } = aligned(tensor.data, ITEM_SIZE[dtype]);
  switch (dtype) {
    case 'F32': return new Float32Array(buffer, byteOffset, count);
    case 'F64': return Float32Array.from(new Float64Array(buffer, byteOffset, count));
    case 'F16': return float16ToFloat32(new Uint16Array(buffer, byteOffset, count));
    case 'BF16': return bfloat16ToFloat32(new Uint16Array(buffer, byteOffset, count));
    case 'I64': return Float32Array.from(new BigInt64Array(buffer, byteOffset, count), Number);
    case 'I32': return Float32Array.from(new Int32Array(buffer, byteOffset, count));
    case 'I8': return Float32Array.from(new Int8Array(buffer, byteOffset, count));
    case 'U8': case 'BOOL': return Float32Array.from(new Uint8Array(buffer, byteOffset, count));
  }
}

/** A float32 array as a tensor that shares its bytes. */
export function float32Tensor(values: Float32Array, shape: readonly number[]): SafeTensor {
  return { dtype: 'F32', shape: [...shape], data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

async function openForReading(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw new OnnxError(`cannot open safetensors: ${messageOf(error)}`, { file: path });
  }
}

async function readHeader(file: FileHandle, total: number, path: string): Promise<{ header: string; start: number }> {
  if (total < 8) throw new OnnxError(`not a safetensors file: ${total} bytes long`, { file: path });
  const prefix = await readBytes(file, 0, 8, path);
  const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER) || length > BigInt(total - 8)) {
    throw new OnnxError(`not a safetensors file, or cut short: a header of ${length} bytes in a file of ${total}`, { file: path });
  }
  const bytes = await readBytes(file, 8, Number(length), path);
  return { header: new TextDecoder().decode(bytes), start: 8 + Number(length) };
}

function parseEntries(header: string, available: number, path: string) {
  let json: unknown;
  try {
    json = JSON.parse(header);
  } catch (error) {
    throw new OnnxError(`safetensors header is not JSON: ${messageOf(error)}`, { file: path });
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new OnnxError('safetensors header is not a JSON object', { file: path });
  }
  let metadata: Record<string, string> = {};
  const tensors: [string, z.infer<typeof entrySchema>][] = [];
  for (const [name, value] of Object.entries(json)) {
    if (name === '__metadata__') metadata = checked(metadataSchema, value, name, path);
    else tensors.push([name, checked(entrySchema, value, name, path)]);
  }
  checkRanges(tensors, available, path);
  return { metadata, tensors };
}

/** Ranges must fit their shapes and tile the data exactly: no overlap, no gap, nothing left over. */
function checkRanges(tensors: readonly [string, z.infer<typeof entrySchema>][], available: number, path: string): void {
  let position = 0;
  const byOffset = [...tensors].sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]);
  for (const [name, { dtype, shape, data_offsets: [begin, end] }] of byOffset) {
    const expected = elementCount(shape) * ITEM_SIZE[dtype];
    if (end - begin !== expected) {
      throw new OnnxError(`safetensors: ${end - begin} bytes for ${dtype} [${shape.join(', ')}], which needs ${expected}`, { file: path, path: name });
    }
    if (end > available) throw new OnnxError(`safetensors file is cut short: data ends at ${available}, tensor at ${end}`, { file: path, path: name });
    if (begin !== position) throw new OnnxError(`safetensors: data starts at ${begin}, expected ${position}`, { file: path, path: name });
    position = end;
  }
  if (position !== available) throw new OnnxError(`safetensors: ${available - position} bytes belong to no tensor`, { file: path });
}

function encodeHeader(tensors: readonly (readonly [string, SafeTensor])[], metadata: Readonly<Record<string, string>>, path: string): Uint8Array {
  const entries: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) entries.push(['__metadata__', metadata]);
  let position = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    const expected = elementCount(shape) * ITEM_SIZE[dtype];
    if (data.byteLength !== expected) {
      throw new OnnxError(`safetensors: ${data.byteLength} bytes for ${dtype} [${shape.join(', ')}], which needs ${expected}`, { file: path, path: name });
    }
    entries.push([name, { dtype, shape, data_offsets: [position, position + expected] }]);
    position += expected;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const length = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(8 + length).fill(0x20, 8); // spaces up to the boundary, as the format asks
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, 8);
  return header;
}

function checked<T>(schema: z.ZodType<T>, value: unknown, name: string, path: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new OnnxError(`safetensors header: ${issue?.message ?? 'invalid entry'}`, { file: path, path: [name, ...(issue?.path ?? [])].join('.') });
}

/** Reads an exact range into its own buffer. One read returns at most 2 GiB, hence the loop. */
async function readBytes(file: FileHandle, position: number, length: number, path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(bytes, done, Math.min(length - done, 1 << 30), position + done);
    if (bytesRead === 0) throw new OnnxError(`file ends at ${position + done}, expected ${position + length}`, { file: path });
    done += bytesRead;
  }
  return bytes;
}

function aligned(data: Uint8Array, itemSize: number): { buffer: ArrayBufferLike; byteOffset: number } {
  return data.byteOffset % itemSize === 0 ? data : { buffer: data.slice().buffer, byteOffset: 0 };
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
