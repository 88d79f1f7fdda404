/**
 * The PNG container as a list of chunks. Chunks are views of the file's own bytes, length and checksum included, so
 * that writing a file back keeps every chunk that was not touched byte for byte. Only the checksums of chunks that are
 * read as text are verified: pixels are sharp's business, and hashing them would cost more than all the rest.
 * Source: PNG specification, third edition, "Chunk layout" and "CRC".
 */
import { crc32 } from 'node:zlib';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** One chunk: its four-letter type, its data, and the bytes as they stand in the file (length, type, data, CRC). */
export interface PngChunk {
  readonly type: string;
  readonly data: Uint8Array;
  readonly raw: Uint8Array;
}

export interface PngFile {
  readonly chunks: PngChunk[];
  /** Bytes after `IEND`, or the incomplete rest of a file that was cut short. */
  readonly rest: Uint8Array;
  /** `false` when the file ends before its `IEND`. */
  readonly complete: boolean;
}

/** Does the file start as a PNG does? */
export function isPng(bytes: Uint8Array): boolean {
  return bytes.length >= SIGNATURE.length && SIGNATURE.every((byte, index) => bytes[index] === byte);
}

/** The chunks of a PNG, as far as they are whole. Never throws; `bytes` must start with the signature. */
export function readPngChunks(bytes: Uint8Array): PngFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: PngChunk[] = [];
  let position = SIGNATURE.length;
  let complete = false;
  while (!complete && position + 12 <= bytes.length) {
    const end = position + 12 + view.getUint32(position);
    if (end > bytes.length) break;
    const type = String.fromCharCode(...bytes.subarray(position + 4, position + 8));
    chunks.push({ type, data: bytes.subarray(position + 8, end - 4), raw: bytes.subarray(position, end) });
    complete = type === 'IEND';
    position = end;
  }
  return { chunks, rest: bytes.subarray(position), complete };
}

/** Does the checksum fit the type and the data? */
export function isIntact({ raw }: PngChunk): boolean {
  const stored = new DataView(raw.buffer, raw.byteOffset, raw.byteLength).getUint32(raw.length - 4);
  return crc32(raw.subarray(4, raw.length - 4)) === stored;
}

/** A new chunk with its length and checksum. */
export function pngChunk(type: string, data: Uint8Array): PngChunk {
  const raw = new Uint8Array(data.length + 12);
  const view = new DataView(raw.buffer);
  view.setUint32(0, data.length);
  for (let index = 0; index < 4; index++) raw[4 + index] = type.charCodeAt(index);
  raw.set(data, 8);
  view.setUint32(raw.length - 4, crc32(raw.subarray(4, raw.length - 4)));
  return { type, data: raw.subarray(8, raw.length - 4), raw };
}

/** The file again: the signature, every chunk as it stands, and what came after them. */
export function writePngChunks({ chunks, rest }: Pick<PngFile, 'chunks' | 'rest'>): Uint8Array {
  return Buffer.concat([SIGNATURE, ...chunks.map((chunk) => chunk.raw), rest]);
}
