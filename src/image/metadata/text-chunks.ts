/**
 * The three text chunks of PNG: `tEXt` (latin-1), `zTXt` (the same, deflated) and `iTXt` (UTF-8, may be deflated).
 * Limits are Pillow's: 1 MiB for an inflated chunk, 64 MiB of text in all; a chunk past them is reported, not read.
 */
import { inflateSync } from 'node:zlib';
import { isIntact, isPng, pngChunk, readPngChunks, writePngChunks, type PngChunk } from './png-chunks';

const MAX_INFLATED = 1 << 20;
const MAX_TOTAL = 64 << 20;

/** The texts of a file by keyword (the first of equal keywords wins, as in Pillow's readers), and what could not be read. */
export interface TextChunks {
  readonly texts: ReadonlyMap<string, string>;
  /** One line per chunk that could not be read, by keyword. */
  readonly problems: ReadonlyMap<string, string>;
}

/** Reads every text chunk, also those after the pixels. Never throws. */
export function readTextChunks(chunks: readonly PngChunk[]): TextChunks {
  const texts = new Map<string, string>();
  const problems = new Map<string, string>();
  let total = 0;
  for (const chunk of chunks) {
    if (!isTextChunk(chunk)) continue;
    const keyword = keywordOf(chunk);
    if (texts.has(keyword)) continue;
    if (!isIntact(chunk)) {
      problems.set(keyword, `its ${chunk.type} chunk "${keyword}" is damaged (wrong checksum)`);
      continue;
    }
    const text = decodeText(chunk, keyword.length);
    total += text?.length ?? 0;
    if (text === undefined) problems.set(keyword, `its ${chunk.type} chunk "${keyword}" cannot be inflated, or is over 1 MiB`);
    else if (total > MAX_TOTAL) problems.set(keyword, `its text chunks are over 64 MiB in all; "${keyword}" was not read`);
    else texts.set(keyword, text);
  }
  return { texts, problems };
}

/**
 * The same PNG with these texts, in front of the pixels so that a reader finds them without reading those. A chunk that
 * has one of the keywords is replaced; all others stay byte for byte and in order. `png` must be a whole PNG: throws a
 * `TypeError` otherwise, because the caller has just encoded it.
 */
export function setTextChunks(png: Uint8Array, texts: Readonly<Record<string, string>>): Uint8Array {
  if (!isPng(png)) throw new TypeError('setTextChunks: not a PNG');
  const { chunks, rest, complete } = readPngChunks(png);
  if (!complete) throw new TypeError('setTextChunks: the PNG is cut short');
  const kept = chunks.filter((chunk) => !(isTextChunk(chunk) && Object.hasOwn(texts, keywordOf(chunk))));
  const pixels = kept.findIndex((chunk) => chunk.type === 'IDAT');
  kept.splice(pixels < 0 ? kept.length - 1 : pixels, 0, ...Object.entries(texts).map(([keyword, text]) => encodeText(keyword, text)));
  return writePngChunks({ chunks: kept, rest });
}

function isTextChunk({ type }: PngChunk): boolean {
  return type === 'tEXt' || type === 'zTXt' || type === 'iTXt';
}

function keywordOf({ data }: PngChunk): string {
  const end = data.indexOf(0);
  return latin1(data.subarray(0, end < 0 ? Math.min(data.length, 79) : end));
}

/** Latin-1 when every character has a place there, else UTF-8. NUL has a place in neither. */
function encodeText(keyword: string, text: string): PngChunk {
  const clean = text.replaceAll('\0', '\ufffd');
  if (/^[\x01-\xff]*$/.test(clean)) return pngChunk('tEXt', Buffer.from(`${keyword}\0${clean}`, 'latin1'));
  // keyword, NUL, not compressed, method 0, no language, no translated keyword
  return pngChunk('iTXt', Buffer.concat([Buffer.from(`${keyword}\0\0\0\0\0`, 'latin1'), Buffer.from(clean, 'utf8')]));
}

function decodeText({ type, data }: PngChunk, keywordLength: number): string | undefined {
  const body = data.subarray(keywordLength + 1);
  if (type === 'tEXt') return latin1(body);
  if (type === 'zTXt') {
    const inflated = body[0] === 0 ? inflate(body.subarray(1)) : undefined;
    return inflated && latin1(inflated);
  }
  const [compressed, method] = body;
  const language = body.indexOf(0, 2);
  const translated = language < 0 ? -1 : body.indexOf(0, language + 1);
  if (translated < 0) return undefined;
  const content = body.subarray(translated + 1);
  const bytes = compressed === 0 ? content : method === 0 ? inflate(content) : undefined;
  return bytes && new TextDecoder().decode(bytes);
}

function inflate(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return inflateSync(bytes, { maxOutputLength: MAX_INFLATED });
  } catch {
    return undefined;
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
