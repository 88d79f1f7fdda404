import type { Span } from './diagnostic';
import type { Block, DocumentLine, PromptDocument } from './document';

/** Which of a block's two texts. */
export type BlockText = 'prompt' | 'negative';

const NONE: readonly DocumentLine[] = [];

/**
 * The lines that make up a block's positive or negative prompt. Blank lines between them count, comments and fence
 * delimiters do not; blank lines around them are dropped.
 */
export function textLines(lines: readonly DocumentLine[], which: BlockText): readonly DocumentLine[] {
  const opening = lines.findIndex(isNegative);
  if (opening < 0 && which === 'negative') return NONE;
  const kept: DocumentLine[] = [];
  let end = 0;
  const [from, to] = which === 'negative' ? [opening, lines.length] : [0, opening < 0 ? lines.length : opening];
  for (let i = from; i < to; i++) {
    const line = lines[i];
    if (line === undefined || (line.kind !== which && line.kind !== 'blank')) continue;
    if (kept.length === 0 && line.text === '') continue;
    kept.push(line);
    if (line.text !== '') end = kept.length;
  }
  if (end < kept.length) kept.length = end;
  return kept;
}

/** Whether a line belongs to the negative prompt; the first that does opens it. */
export function isNegative({ kind }: DocumentLine): boolean {
  return kind === 'negative';
}

/** A block's text from its lines: joined by LF. */
export function textOf(lines: readonly DocumentLine[]): string {
  return lines.length === 1 ? (lines[0]?.text ?? '') : lines.map((line) => line.text).join('\n');
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
