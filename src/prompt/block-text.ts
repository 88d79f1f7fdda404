import type { Span } from './diagnostic';
import type { Block, DocumentLine, PromptDocument } from './document';

/** Which of a block's two texts. */
export type BlockText = 'prompt' | 'negative';

/**
 * The lines that make up a block's positive or negative prompt. Blank lines between them count, comments and fence
 * delimiters do not; blank lines around them are dropped.
 */
export function textLines(lines: readonly DocumentLine[], which: BlockText): DocumentLine[] {
  const opening = lines.findIndex((line) => line.kind === 'negative');
  const boundary = opening < 0 ? lines.length : opening;
  const region = which === 'prompt' ? lines.slice(0, boundary) : lines.slice(boundary);
  const kept = region.filter((line) => line.kind === which || line.kind === 'blank');
  const isText = (line: DocumentLine) => line.text !== '';
  const first = kept.findIndex(isText);
  return first < 0 ? [] : kept.slice(first, kept.findLastIndex(isText) + 1);
}

/** A block's text from its lines: joined by LF. */
export function textOf(lines: readonly DocumentLine[]): string {
  return lines.map((line) => line.text).join('\n');
}

/** The original offset of an offset in `textOf(lines)`. */
export function offsetInText(lines: readonly DocumentLine[], offset: number): number {
  let rest = offset;
  for (const line of lines) {
    if (rest <= line.text.length) return offsetInLine(line, rest);
    rest -= line.text.length + 1;
  }
  return lines.at(-1)?.span.end ?? 0;
}

/** Where `[from, to)` of `block.prompt` or `block.negativePrompt` stands in the original text. */
export function spanInText(document: PromptDocument, block: Block, which: BlockText, from: number, to: number): Span {
  const lines = textLines(document.lines.slice(block.firstLine, block.endLine), which);
  if (lines.length === 0) return block.nameSpan ?? block.promptSpan;
  return { start: offsetInText(lines, from), end: offsetInText(lines, to) };
}

/** The original offset of an offset in a line's text. */
export function offsetInLine(line: DocumentLine, offset: number): number {
  return line.offsets?.[offset] ?? Math.min(line.span.start + offset, line.span.end);
}
