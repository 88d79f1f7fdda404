/**
 * SentencePiece's precompiled normalisation (`nmt_nfkc` and the like): a double-array trie from byte sequences to their
 * replacements. Layout: sentencepiece, src/normalizer.cc, and Darts-clone's unit format. How it is applied is Hugging Face's
 * (`spm_precompiled`): a grapheme of less than six bytes is looked up as a whole, and the shortest match stands for all of it.
 */
import type { Aligned, Edit } from './aligned';
import { TokenizerError } from './files';

/** Stretches that may change: printable ASCII never does, but its last character may begin a grapheme. */
const CHANGING = /[\x20-\x7e]?[^\x20-\x7e]+/g;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

export class Charsmap {
  private readonly units: Uint32Array;
  private readonly replacements: Uint8Array;

  /** `precompiled`: the field `precompiled_charsmap` of a tokenizer.json, decoded. */
  constructor(precompiled: Uint8Array) {
    const view = new DataView(precompiled.buffer, precompiled.byteOffset, precompiled.byteLength);
    const size = precompiled.byteLength >= 4 ? view.getUint32(0, true) : -1;
    if (size < 4 || size % 4 !== 0 || 4 + size > precompiled.byteLength) throw new TokenizerError('tokenizer.json: precompiled_charsmap is damaged; fetch the file again');
    this.units = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
    this.replacements = precompiled.subarray(4 + size);
  }

  normalize(text: Aligned): Aligned {
    const edits: Edit[] = [];
    for (const run of text.text.matchAll(CHANGING)) {
      for (const { segment, index } of graphemesOf(run[0])) this.editsOf(segment, run.index + index, edits);
    }
    return text.edit(edits);
  }

  private editsOf(grapheme: string, start: number, edits: Edit[]): void {
    const bytes = utf8.encode(grapheme);
    const whole = bytes.length < 6 ? this.lookUp(bytes) : null;
    if (whole !== null) {
      edits.push({ start, end: start + grapheme.length, text: whole });
      return;
    }
    let at = start;
    for (const character of grapheme) {
      const text = this.lookUp(utf8.encode(character));
      if (text !== null) edits.push({ start: at, end: at + character.length, text });
      at += character.length;
    }
  }

  /** The replacement of the shortest known beginning of `bytes`, or `null`. */
  private lookUp(bytes: Uint8Array): string | null {
    let node = offsetOf(this.units[0]!);
    for (const byte of bytes) {
      if (byte === 0) return null;
      node ^= byte;
      const unit = this.units[node] ?? 0;
      // The highest bit marks a value, so a label with it is no byte.
      if ((unit & 0x800000ff) !== byte) return null;
      node ^= offsetOf(unit);
      if ((unit & 0x100) !== 0) return this.replacementAt((this.units[node] ?? 0) & 0x7fffffff);
    }
    return null;
  }

  private replacementAt(start: number): string {
    const end = this.replacements.indexOf(0, start);
    return fromUtf8.decode(this.replacements.subarray(start, end < 0 ? undefined : end));
  }
}

/**
 * Graphemes, found in windows: V8 takes time that grows with the square of the text for one long text. A window's last
 * grapheme may go on beyond it, so the next window begins with it.
 */
function* graphemesOf(text: string): Generator<{ segment: string; index: number }> {
  let size = 512;
  for (let start = 0; start < text.length; ) {
    const found = [...graphemes.segment(text.slice(start, start + size))];
    const complete = start + size >= text.length ? found : found.slice(0, -1);
    for (const { segment, index } of complete) yield { segment, index: start + index };
    start += complete.reduce((sum, { segment }) => sum + segment.length, 0);
    size = complete.length === 0 ? 2 * size : 512;
  }
}

/** Where a unit's children are, relative to it. */
function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}
