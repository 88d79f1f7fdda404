import type { DocumentLine } from './document';

/**
 * The lines of a text, each as it stands, in NFC. Lines end at LF, CRLF or a lone CR (as in VS Code); BOMs are left
 * out of the first. A text that ends in a line end has an empty last line.
 */
export function splitLines(text: string): DocumentLine[] {
  const isNfc = text.normalize('NFC') === text;
  const lines: DocumentLine[] = [];
  let start = 0;
  while (text.charCodeAt(start) === 0xfeff) start++;
  const add = (end: number) => {
    const raw = text.slice(start, end);
    const line: DocumentLine = { kind: 'outside', text: isNfc ? raw : raw.normalize('NFC'), indent: '', span: { start, end } };
    lines.push(line.text === raw ? line : { ...line, offsets: offsetsOf(raw, line) });
  };
  for (const lineEnd of text.matchAll(/\r\n|\n|\r/g)) {
    add(lineEnd.index);
    start = lineEnd.index + lineEnd[0].length;
  }
  add(text.length);
  return lines;
}

/**
 * For a line that NFC changed: the original offset of each offset in its text, and of its end. Exact to the grapheme,
 * because composition never crosses one.
 */
function offsetsOf(raw: string, { text, span }: DocumentLine): readonly number[] {
  const offsets: number[] = [];
  const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
  for (const { segment, index } of graphemes.segment(raw)) {
    for (let length = segment.normalize('NFC').length; length > 0; length--) offsets.push(span.start + index);
  }
  while (offsets.length < text.length) offsets.push(span.end);
  return [...offsets.slice(0, text.length), span.end];
}
