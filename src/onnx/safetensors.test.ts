import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OnnxError } from './error.ts';
import { float32ToBfloat16, float32ToFloat16 } from './half.ts';
import { float32Tensor, readSafetensors, toFloat32, writeSafetensors, type SafeTensor } from './safetensors.ts';

describe('safetensors', () => {
  let folder: string;
  before(async () => { folder = await mkdtemp(join(tmpdir(), 'easel-st-')); });
  after(async () => { await rm(folder, { recursive: true }); });

  const bytes = (array: { buffer: ArrayBufferLike; byteOffset: number; byteLength: number }): Uint8Array =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

  /** A file with this header text and so many data bytes. */
  async function fileWith(header: string, data: number): Promise<string> {
    const path = join(folder, `case-${Math.abs(hash(header + data))}.safetensors`);
    const head = Buffer.from(header);
    const prefix = Buffer.alloc(8);
    prefix.writeBigUInt64LE(BigInt(head.length));
    await writeFile(path, Buffer.concat([prefix, head, Buffer.alloc(data)]));
    return path;
  }

  const refuses = async (header: string, data: number, message: RegExp): Promise<void> => {
    const path = await fileWith(header, data);
    await assert.rejects(readSafetensors(path), (error: unknown) => {
      assert.ok(error instanceof OnnxError);
      assert.match(error.message, message);
      assert.ok(error.message.includes(path) && !error.message.includes('\n'));
      return true;
    });
  };

  it('round-trips every dtype, the metadata and odd sizes', async () => {
    const tensors = new Map<string, SafeTensor>([
      ['bool', { dtype: 'BOOL', shape: [3], data: Uint8Array.of(1, 0, 1) }],
      ['f32', float32Tensor(Float32Array.of(1, -2.5, 3e-9, NaN, Infinity, 0), [2, 3])],
      ['f16', { dtype: 'F16', shape: [2], data: bytes(float32ToFloat16([1 / 3, -65504])) }],
      ['bf16', { dtype: 'BF16', shape: [2], data: bytes(float32ToBfloat16([1 / 3, -3e38])) }],
      ['i64', { dtype: 'I64', shape: [1], data: bytes(BigInt64Array.of(2n ** 63n - 1n)) }],
      ['i32', { dtype: 'I32', shape: [], data: bytes(Int32Array.of(-7)) }],
      ['f64', { dtype: 'F64', shape: [1], data: bytes(Float64Array.of(0.1)) }],
      ['i8', { dtype: 'I8', shape: [1], data: bytes(Int8Array.of(-3)) }],
      ['empty', { dtype: 'U8', shape: [0, 4], data: new Uint8Array(0) }],
    ]);
    const path = join(folder, 'all.safetensors');
    await writeSafetensors(path, tensors, { method: 'soft-tokens', note: 'ünïcode' });
    const read = await readSafetensors(path);
    assert.deepEqual(read.metadata, { method: 'soft-tokens', note: 'ünïcode' });
    assert.deepEqual([...read.tensors.keys()].sort(), [...tensors.keys()].sort());
    for (const [name, tensor] of tensors) assert.deepEqual(read.tensors.get(name), tensor, name);
    assert.ok((await readdir(folder)).every((name) => !name.endsWith('.tmp')));
  });

  it('converts every dtype to float32', async () => {
    const value = (dtype: SafeTensor['dtype'], data: Uint8Array): number | undefined => toFloat32({ dtype, shape: [1], data })[0];
    assert.equal(value('F16', bytes(float32ToFloat16([1 / 3]))), 0.333251953125);
    assert.equal(value('BF16', bytes(float32ToBfloat16([1 / 3]))), 0.333984375);
    assert.equal(value('I64', bytes(BigInt64Array.of(-5n))), -5);
    assert.equal(value('BOOL', Uint8Array.of(1)), 1);
    // an unaligned view is copied, not refused
    const shifted = new Uint8Array(5);
    shifted.set(bytes(Float32Array.of(1.5)), 1);
    assert.equal(value('F32', shifted.subarray(1)), 1.5);
  });

  it('rounds bfloat16 to nearest even', () => {
    // 1 + 2^-8 lies half-way between 1 and 1 + 2^-7 and goes to the even mantissa
    assert.deepEqual([...float32ToBfloat16([1 + 2 ** -8, 1 + 3 * 2 ** -8, -Infinity])], [0x3f80, 0x3f82, 0xff80]);
  });

  it('refuses malformed files with one line', async () => {
    const entry = (fields: string): string => `{"t":{${fields}}}`;
    await refuses('{"t":', 0, /not JSON/);
    await refuses('[]', 0, /not a JSON object/);
    await refuses(entry('"dtype":"F99","shape":[1],"data_offsets":[0,4]'), 4, /path t\.dtype/);
    await refuses(entry('"dtype":"F32","shape":[-1],"data_offsets":[0,4]'), 4, /path t\.shape/);
    await refuses(entry('"dtype":"F32","shape":[1.5],"data_offsets":[0,4]'), 4, /path t\.shape/);
    await refuses(entry('"dtype":"F32","shape":[2],"data_offsets":[0,4]'), 4, /needs 8/);
    await refuses(entry('"dtype":"F32","shape":[1],"data_offsets":[4,0]'), 4, /-4 bytes/);
    await refuses(entry('"dtype":"F32","shape":[1],"data_offsets":[0,4]'), 3, /cut short/);
    await refuses(entry('"dtype":"F32","shape":[1],"data_offsets":[0,4]'), 9, /5 bytes belong to no tensor/);
    await refuses('{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}', 3, /starts at 1, expected 2/);
    await refuses('{"__metadata__":{"n":1}}', 0, /path __metadata__\.n/);
  });

  it('refuses a file that ends inside its header, and one that is missing', async () => {
    const path = join(folder, 'cut.safetensors');
    await writeSafetensors(path, new Map([['t', float32Tensor(new Float32Array(4), [4])]]));
    await truncate(path, 20);
    await assert.rejects(readSafetensors(path), /cut short/);
    await truncate(path, 5);
    await assert.rejects(readSafetensors(path), /5 bytes long/);
    await assert.rejects(readSafetensors(join(folder, 'absent.safetensors')), /cannot open safetensors: ENOENT/);
  });

  it('leaves the old file alone when writing fails', async () => {
    const path = join(folder, 'kept.safetensors');
    await writeSafetensors(path, new Map([['t', float32Tensor(Float32Array.of(1), [1])]]));
    const before = await readFile(path);
    await assert.rejects(writeSafetensors(path, new Map([['t', float32Tensor(Float32Array.of(1), [2])]])), /needs 8/);
    assert.deepEqual(await readFile(path), before);
  });
});

function hash(text: string): number {
  return [...text].reduce((h, c) => (h * 31 + c.charCodeAt(0)) | 0, 7);
}
