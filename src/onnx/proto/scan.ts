/**
 * Walks a model file without loading its weights: everything but the large `raw_data` of initializers is read,
 * those become byte ranges. protobufjs would need the whole file in memory.
 */
import { readSync } from 'node:fs';
import { OnnxError } from '../error.ts';

/** Tensors below this stay in memory: a read per scalar would cost more than it saves. */
const SMALL = 1024;
const WINDOW = 1 << 20;

const MODEL_GRAPH = 7;
const GRAPH_INITIALIZER = 5;
const TENSOR_RAW_DATA = 9;

export interface ScannedModel {
  /** ModelProto without its graph. */
  readonly model: Uint8Array;
  /** GraphProto without its initializers. */
  readonly graph: Uint8Array;
  /** TensorProtos, each without its raw data if that is large, and where that lies. */
  readonly initializers: readonly ScannedTensor[];
}

export interface ScannedTensor {
  readonly header: Uint8Array;
  readonly raw?: { readonly offset: number; readonly length: number };
}

/** Scans an open file of `size` bytes. Throws `OnnxError` when it is cut short or is not a protobuf. */
export function scanModel(descriptor: number, size: number, file: string): ScannedModel {
  const source = new Window(descriptor, size, file);
  const model: Uint8Array[] = [];
  const graph: Uint8Array[] = [];
  const initializers: ScannedTensor[] = [];
  for (const field of fieldsOf(source, 0, size)) {
    if (field.id !== MODEL_GRAPH) {
      model.push(source.copy(field.start, field.end));
      continue;
    }
    for (const inner of fieldsOf(source, field.body, field.end)) {
      if (inner.id === GRAPH_INITIALIZER) initializers.push(scanTensor(source, inner.body, inner.end));
      else graph.push(source.copy(inner.start, inner.end));
    }
  }
  return { model: Buffer.concat(model), graph: Buffer.concat(graph), initializers };
}

function scanTensor(source: Window, start: number, end: number): ScannedTensor {
  const header: Uint8Array[] = [];
  let raw: ScannedTensor['raw'];
  for (const field of fieldsOf(source, start, end)) {
    if (field.id === TENSOR_RAW_DATA && field.end - field.body > SMALL) raw = { offset: field.body, length: field.end - field.body };
    else header.push(source.copy(field.start, field.end));
  }
  return { header: Buffer.concat(header), raw };
}

/** The fields of a message: `start` is the tag's position, `body` the content's. */
function* fieldsOf(source: Window, start: number, end: number): Generator<{ id: number; start: number; body: number; end: number }> {
  for (let position = start; position < end;) {
    const tag = source.varint(position);
    const id = Math.floor(tag.value / 8);
    let body = tag.next;
    let next: number;
    switch (tag.value & 7) {
      case 0: next = source.varint(body).next; break;
      case 1: next = body + 8; break;
      case 5: next = body + 4; break;
      case 2: {
        const length = source.varint(body);
        body = length.next;
        next = body + length.value;
        break;
      }
      default: throw source.notOnnx(position);
    }
    if (id === 0) throw source.notOnnx(position);
    if (next > end) throw new OnnxError(`the file is cut short: a field at byte ${position} ends at ${next}, past ${end}`, { file: source.file });
    yield { id, start: position, body, end: next };
    position = next;
  }
}

/** Random access through one buffered megabyte. */
class Window {
  private readonly buffer = new Uint8Array(WINDOW);
  private start = 0;
  private length = 0;

  constructor(private readonly descriptor: number, private readonly size: number, readonly file: string) {}

  varint(position: number): { value: number; next: number } {
    let value = 0;
    for (let i = 0, scale = 1; i < 10; i++, scale *= 128) {
      const byte = this.byte(position + i);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return { value, next: position + i + 1 };
    }
    throw this.notOnnx(position);
  }

  copy(start: number, end: number): Uint8Array {
    const bytes = new Uint8Array(end - start);
    for (let done = 0; done < bytes.length;) {
      const read = readSync(this.descriptor, bytes, done, bytes.length - done, start + done);
      if (read === 0) throw this.cut(start + done);
      done += read;
    }
    return bytes;
  }

  notOnnx(position: number): OnnxError {
    return new OnnxError(`not an ONNX model: no protobuf field at byte ${position}`, { file: this.file });
  }

  private byte(position: number): number {
    if (position >= this.size) throw this.cut(position);
    if (position < this.start || position >= this.start + this.length) {
      this.start = position;
      this.length = readSync(this.descriptor, this.buffer, 0, WINDOW, position);
    }
    const byte = this.buffer[position - this.start];
    if (byte === undefined || position >= this.start + this.length) throw this.cut(position);
    return byte;
  }

  private cut(position: number): OnnxError {
    return new OnnxError(`the file is cut short at byte ${position}`, { file: this.file });
  }
}
