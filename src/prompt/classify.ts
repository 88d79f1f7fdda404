import { offsetInLine } from './block-text';
import type { Span } from './diagnostic';
import type { DocumentLine } from './document';
import { unescapeLine } from './line-escape';
import { formatPiece, isParameterLine, readPieces, type ParameterPiece } from './parameter-line';

interface BlockLines {
  readonly contents: readonly DocumentLine[];
  readonly level: number;
  readonly fences: readonly { start: number; end: number }[];
}

/** A piece of the parameter line with its place in the original text. */
export interface PlacedPiece extends ParameterPiece {
  readonly span: Span;
  readonly keySpan: Span;
  readonly valueSpan: Span;
}

interface Classified {
  readonly lines: DocumentLine[];
  readonly pieces: readonly PlacedPiece[];
  readonly matrixLine: DocumentLine | undefined;
  readonly escaped: ReadonlySet<DocumentLine>;
}

const NEGATIVE = /^\s*Negative prompt:/;

/**
 * What each line of a block is. The parameter line and the matrix are found from the end; `pieces` are those of the
 * parameter line, `escaped` are the lines that a `\\` made prompt text.
 */
export function classify({ contents, level, fences }: BlockLines): Classified {
  const fenced = new Map<number, 'delimiter' | 'literal'>();
  for (const { start, end } of fences) {
    for (let i = start; i <= end; i++) fenced.set(i, i === start || i === end ? 'delimiter' : 'literal');
  }
  const isInert = (i: number) => !fenced.has(i) && /^(?:\s*$|\/\/(?:\s|$))/.test(contents[i]?.text ?? '');
  const firstBody = level > 0 ? 1 : 0;
  const before = (i: number) => {
    let previous = i - 1;
    while (previous >= firstBody && isInert(previous)) previous--;
    return previous;
  };
  const isMatrix = (i: number) => i >= firstBody && !fenced.has(i) && contents[i]?.text.startsWith('matrix:') === true;
  const last = before(contents.length);
  let matrixAt = isMatrix(last) ? last : -1;
  const candidate = matrixAt >= 0 ? before(last) : last;
  const pieces = candidate >= firstBody && !fenced.has(candidate) ? parameterPieces(contents[candidate]?.text ?? '') : undefined;
  const parametersAt = pieces === undefined ? -1 : candidate;
  if (matrixAt < 0 && parametersAt >= 0 && isMatrix(before(parametersAt))) matrixAt = before(parametersAt);

  let negative = false;
  const escapedLines = new Set<DocumentLine>();
  const lines = contents.map((content, i): DocumentLine => {
    const { text } = content;
    if (i < firstBody) return part(content, 'heading', level + 1, text.length, { level });
    if (fenced.get(i) === 'delimiter') return { ...content, kind: 'fence' };
    if (fenced.get(i) === 'literal') return part(content, negative ? 'negative' : 'prompt', 0, text.length, { literal: true });
    if (isInert(i)) return text.trim() === '' ? { ...content, kind: 'blank', text: '' } : { ...content, kind: 'comment', text: text.trimEnd() };
    if (i === matrixAt) return { ...content, kind: 'matrix', text: text.trimEnd() };
    if (i === parametersAt) {
      return { ...content, kind: 'parameters', text: (pieces ?? []).map(({ key, value, bare }) => formatPiece(key, value, bare)).join(', ') };
    }
    const opening = NEGATIVE.exec(text);
    if (opening !== null) {
      const line = part(content, 'negative', opening[0].length, text.length, negative ? {} : { opensNegative: true });
      negative = true;
      return line;
    }
    const { escaped } = unescapeLine(text);
    const line = part(content, negative ? 'negative' : 'prompt', escaped ? 1 : 0, text.length, {});
    if (escaped) escapedLines.add(line);
    return line;
  });
  return { lines, pieces: placed(contents[parametersAt], pieces ?? []), matrixLine: lines[matrixAt], escaped: escapedLines };
}

function parameterPieces(text: string): ParameterPiece[] | undefined {
  if (!text.includes(':') || NEGATIVE.test(text) || unescapeLine(text).escaped) return undefined;
  const pieces = readPieces(text);
  return isParameterLine(pieces) ? pieces : undefined;
}

/** A line cut to the trimmed text in `[from, to)`. */
function part(content: DocumentLine, kind: DocumentLine['kind'], from: number, to: number, more: Partial<DocumentLine>): DocumentLine {
  const { offsets, ...line } = content;
  const whole = content.text.slice(from, to);
  const text = whole.trim();
  const start = from + (whole.length - whole.trimStart().length);
  const span = { start: offsetInLine(content, start), end: offsetInLine(content, start + text.length) };
  return { ...line, kind, text, span, ...(offsets && { offsets: offsets.slice(start, start + text.length + 1) }), ...more };
}

function placed(content: DocumentLine | undefined, pieces: readonly ParameterPiece[]): PlacedPiece[] {
  const at = (offset: number) => (content === undefined ? 0 : offsetInLine(content, offset));
  return pieces.map((piece) => ({
    ...piece,
    span: { start: at(piece.start), end: at(piece.end) },
    keySpan: { start: at(piece.start), end: at(piece.keyEnd) },
    valueSpan: { start: at(piece.valueStart), end: at(piece.end) },
  }));
}
