/** A 2×2 black RGB PNG with these chunks in front of its pixels and after them, for tests; made without sharp. */
import { deflateSync } from 'node:zlib';
import { pngChunk, writePngChunks, type PngChunk } from '../png-chunks';

export function tinyPng(before: PngChunk[] = [], after: PngChunk[] = []): Uint8Array {
  const header = pngChunk('IHDR', Uint8Array.of(0, 0, 0, 2, 0, 0, 0, 2, 8, 2, 0, 0, 0));
  const pixels = pngChunk('IDAT', deflateSync(Buffer.alloc(14))); // two rows of a filter byte and two RGB pixels
  return writePngChunks({ chunks: [header, ...before, pixels, ...after, pngChunk('IEND', new Uint8Array())], rest: new Uint8Array() });
}
