/** One line of the original text, without its line end. */
export interface SourceLine {
  /** NFC. */
  readonly text: string;
  /** Offsets into the original text; `end` is before the line end. */
  readonly start: number;
  readonly end: number;
}

/**
 * Splits text at LF, CRLF and lone CR (as VS Code does), leaves a BOM out of the first line, and normalises to NFC.
 * A text that ends in a line end has an empty last line.
 */
export function splitLines(text: string): SourceLine[] {
  const isNfc = text.normalize('NFC') === text;
  const lines: SourceLine[] = [];
  let start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const add = (end: number) => {
    const raw = text.slice(start, end);
    lines.push({ text: isNfc ? raw : raw.normalize('NFC'), start, end });
  };
  for (const lineEnd of text.matchAll(/\r\n|\n|\r/g)) {
    add(lineEnd.index);
    start = lineEnd.index + lineEnd[0].length;
  }
  add(text.length);
  return lines;
}

/**
 * For a line that NFC changed: the original offset of each offset in its text, and of its end; undefined for all
 * others. Exact to the grapheme, because composition never crosses one.
 */
export function offsetsOf(line: SourceLine, original: string): readonly number[] | undefined {
  const raw = original.slice(line.start, line.end);
  if (raw === line.text) return undefined;
  const offsets: number[] = [];
  const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
  for (const { segment, index } of graphemes.segment(raw)) {
    for (let length = segment.normalize('NFC').length; length > 0; length--) offsets.push(line.start + index);
  }
  while (offsets.length < line.text.length) offsets.push(line.end);
  return [...offsets.slice(0, line.text.length), line.end];
}
