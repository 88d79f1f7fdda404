/**
 * Writing a model. Weights stream from file to file and never pass through memory as a whole. Rules for external data,
 * which ONNX Runtime accepts only inside the model's folder: a data file already there is referenced, one elsewhere is
 * hard-linked (copied across devices), and what does not fit a 2 GB protobuf goes to `NAME.onnx_data`.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, copyFileSync, existsSync, fsyncSync, linkSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { OnnxError } from './error.ts';
import type { Graph, Model } from './model.ts';
import { encodeMessage } from './proto/codec.ts';
import { graphToProto, modelToProto, tensorToProto } from './proto/convert.ts';
import { graphSchema, modelSchema, tensorSchema, type TensorProto } from './proto/schema.ts';
import { byteLength, openRange, type FileRange, type Tensor } from './tensor.ts';

/** Protobuf stops at 2 GiB; structure needs some of it. */
const INLINE_LIMIT = 1.75 * 2 ** 30;
/** ONNX Runtime maps external data by page. */
const PAGE = 4096;

export interface WriteOptions {
  /** Bytes of weights that go into the file itself; more than that go to an external file. Default 1.75 GiB. */
  readonly inlineLimit?: number;
}

type Piece = Uint8Array | FileRange;

/** Writes `model` under a temporary name and renames. Throws `OnnxError`; then nothing is left behind. */
export async function writeModel(model: Model, path: string, options: WriteOptions = {}): Promise<void> {
  const file = resolve(path);
  const created: string[] = [];
  try {
    const place = placeTensors(model.graph, file, options.inlineLimit ?? INLINE_LIMIT, created);
    writePieces(file, modelPieces(model, place));
  } catch (error) {
    for (const name of created) rmSync(name, { force: true });
    if (error instanceof OnnxError) throw error.within({ file });
    throw new OnnxError(`cannot write the model: ${error instanceof Error ? error.message : String(error)}`, { file });
  }
}

/**
 * The whole model as one protobuf in memory, for a runtime that takes bytes; below 2 GB.
 * @param externalFolder weights whose files lie in this folder are only referred to, as external data
 * @param inPlace so are large weights inside another model's file, where they lie in it
 */
export function encodeModel(model: Model, { externalFolder, inPlace = false }: { externalFolder?: string; inPlace?: boolean } = {}): Uint8Array {
  const pieces = modelPieces(model, (tensor) => {
    const { data } = tensor;
    const refers = externalFolder !== undefined && data.kind === 'file' && (data.external || (inPlace && data.length >= PAGE)) && dirname(data.file) === resolve(externalFolder);
    return refers ? { location: basename(data.file), offset: data.offset, length: data.length } : { inline: tensor };
  });
  return Buffer.concat(pieces.map((piece) => (piece instanceof Uint8Array ? piece : readRange(piece))));
}

type Placement = { inline: Tensor } | { location: string; offset: number; length: number };

function modelPieces(model: Model, place: (tensor: Tensor) => Placement): Piece[] {
  const graph: Piece[] = [encodeMessage(graphSchema, graphToProto(model.graph))];
  for (const [name, tensor] of model.graph.initializers) {
    graph.push(...field(5, tensorPieces(name, tensor, place(tensor))));
  }
  return [encodeMessage(modelSchema, modelToProto(model)), ...field(7, graph)];
}

function tensorPieces(name: string, tensor: Tensor, placement: Placement): Piece[] {
  const header: TensorProto = tensorToProto(name, tensor);
  if ('location' in placement) {
    const entries = Object.entries(placement).map(([key, value]) => ({ key, value: String(value) }));
    return [encodeMessage(tensorSchema, { ...header, data_location: 1, external_data: entries })];
  }
  const { data } = placement.inline;
  if (data.kind === 'strings') return [encodeMessage(tensorSchema, header)];
  return [encodeMessage(tensorSchema, header), ...field(9, [data.kind === 'bytes' ? data.bytes : data])];
}

/** A length-delimited field around pieces. */
function field(id: number, pieces: Piece[]): Piece[] {
  return [Uint8Array.of((id << 3) | 2, ...varint(lengthOf(pieces))), ...pieces];
}

function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, p) => sum + (p instanceof Uint8Array ? p.byteLength : p.length), 0);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

/** Decides for every tensor whether it goes into the file, and if not, which file in the folder holds it. */
function placeTensors(graph: Graph, file: string, inlineLimit: number, created: string[]): (tensor: Tensor) => Placement {
  const folder = dirname(file);
  const tensors = [...new Set(graph.initializers.values())];
  const external = tensors.filter((t) => t.data.kind === 'file' && t.data.external);
  const inline = tensors.filter((t) => !(t.data.kind === 'file' && t.data.external));
  const links = new Map<string, string>();
  for (const { data } of external) {
    if (data.kind !== 'file') continue;
    if (!links.has(data.file)) links.set(data.file, linkInto(folder, data.file, created));
    const { size } = statSync(data.file);
    if (data.offset + data.length > size) throw new OnnxError(`external data is cut short: a tensor ends at byte ${data.offset + data.length}, past ${size}`, { file: data.file });
  }
  const spilled = new Map<Tensor, Placement>();
  let total = inline.reduce((sum, t) => sum + byteLength(t), 0);
  if (total > inlineLimit) {
    const large = inline.filter((t) => byteLength(t) >= PAGE / 4 && t.data.kind !== 'strings');
    const target = freeName(folder, `${basename(file)}_data`);
    created.push(target);
    const pieces: Piece[] = [];
    let offset = 0;
    for (const tensor of large) {
      const piece = tensor.data.kind === 'bytes' ? tensor.data.bytes : (tensor.data as FileRange);
      const padding = (PAGE - (offset % PAGE)) % PAGE;
      if (padding > 0) pieces.push(new Uint8Array(padding));
      offset += padding;
      spilled.set(tensor, { location: basename(target), offset, length: byteLength(tensor) });
      pieces.push(piece);
      offset += byteLength(tensor);
      total -= byteLength(tensor);
    }
    writePieces(target, pieces);
  }
  return (tensor) => {
    const { data } = tensor;
    const spill = spilled.get(tensor);
    if (spill) return spill;
    if (data.kind !== 'file' || !data.external) return { inline: tensor };
    return { location: links.get(data.file) ?? basename(data.file), offset: data.offset, length: data.length };
  };
}

/** The name, relative to `folder`, under which `source` can be referenced there. */
function linkInto(folder: string, source: string, created: string[]): string {
  if (!existsSync(source)) throw new OnnxError('external data is missing', { file: source });
  if (source.startsWith(`${folder}/`) || dirname(source) === folder) return source.slice(folder.length + 1);
  const same = (name: string): boolean => existsSync(name) && statSync(name).ino === statSync(source).ino && statSync(name).dev === statSync(source).dev;
  const wanted = join(folder, basename(source));
  if (same(wanted)) return basename(wanted);
  const target = freeName(folder, basename(source));
  try {
    linkSync(source, target);
  } catch {
    copyFileSync(source, target); // another device, or a file system without links
  }
  created.push(target);
  return basename(target);
}

function freeName(folder: string, name: string): string {
  const end = extname(name);
  const stem = name.slice(0, name.length - end.length);
  for (let n = 0; ; n++) {
    const candidate = join(folder, n === 0 ? name : `${stem}-${n}${end}`);
    if (!existsSync(candidate)) return candidate;
  }
}

function writePieces(path: string, pieces: readonly Piece[]): void {
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    const target = openSync(temporary, 'wx');
    try {
      for (const piece of pieces) {
        if (piece instanceof Uint8Array) writeAll(target, piece);
        else copyRange(piece, target);
      }
      fsyncSync(target);
    } finally {
      closeSync(target);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function copyRange(range: FileRange, target: number): void {
  const source = openRange(range);
  const buffer = new Uint8Array(Math.min(range.length, 1 << 24));
  try {
    for (let done = 0; done < range.length;) {
      const read = readSync(source, buffer, 0, Math.min(buffer.length, range.length - done), range.offset + done);
      if (read === 0) throw new OnnxError('tensor data ends early', { file: range.file });
      writeAll(target, buffer.subarray(0, read));
      done += read;
    }
  } finally {
    closeSync(source);
  }
}

function writeAll(target: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(target, bytes, done, Math.min(bytes.length - done, 1 << 30));
}

function readRange(range: FileRange): Uint8Array {
  const bytes = new Uint8Array(range.length);
  const source = openRange(range);
  try {
    for (let done = 0; done < range.length;) {
      const read = readSync(source, bytes, done, range.length - done, range.offset + done);
      if (read === 0) throw new OnnxError('tensor data ends early', { file: range.file });
      done += read;
    }
  } finally {
    closeSync(source);
  }
  return bytes;
}
