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
  let lf = indexOrEnd(text, '\n', start);
  let cr = indexOrEnd(text, '\r', start);
  for (;;) {
    const end = Math.min(lf, cr);
    lines.push(sourceLine(text.slice(start, end), { start, end }, isNfc));
    if (end === text.length) return lines;
    start = end + (text.startsWith('\r\n', end) ? 2 : 1);
    if (lf < start) lf = indexOrEnd(text, '\n', start);
    if (cr < start) cr = indexOrEnd(text, '\r', start);
  }
}

function indexOrEnd(text: string, char: string, from: number): number {
  const index = text.indexOf(char, from);
  return index < 0 ? text.length : index;
}

function sourceLine(raw: string, span: DocumentLine['span'], isNfc: boolean): DocumentLine {
  const text = isNfc ? raw : raw.normalize('NFC');
  const line: DocumentLine = { kind: 'outside', text, indent: '', span };
  return text === raw ? line : { ...line, offsets: offsetsOf(raw, line) };
}

/**
 * What NFC leaves alone or puts together, piece by piece: a run that it cannot touch, or a character with everything
 * after it that may join it (marks, Hangul's vowels and finals, Kirat Rai's vowel E). `Intl.Segmenter` would say the same,
 * in time that grows with the square of the line.
 */
const PIECE = /[\0-\u02ff]+(?![\p{M}\u1161-\u1175\u11a8-\u11c2])|[^][\p{M}\u1161-\u1175\u11a8-\u11c2\u{16d67}]*/gu;

/** For a line that NFC changed: the original offset of each offset in its text, and of its end. Exact to the piece. */
function offsetsOf(raw: string, { text, span }: DocumentLine): readonly number[] {
  const offsets: number[] = [];
  for (const { 0: piece, index } of raw.matchAll(PIECE)) {
    const composed = piece.normalize('NFC');
    // Inside a run that stays as it is every character keeps its own place.
    for (let i = 0; i < composed.length; i++) offsets.push(span.start + index + (composed === piece ? i : 0));
  }
  while (offsets.length < text.length) offsets.push(span.end);
  return [...offsets.slice(0, text.length), span.end];
}
