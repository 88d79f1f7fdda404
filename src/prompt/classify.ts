import { offsetInLine } from './block-text';
import type { Span } from './diagnostic';
import type { DocumentLine } from './document';
import { printParameterLine, unescapeLine } from './line-escape';
import { isParameterLine, readPieces, type ParameterPiece } from './parameter-line';

interface BlockLines {
  readonly contents: readonly DocumentLine[];
  readonly level: number;
  readonly fences: readonly { start: number; end: number }[];
}

/** A piece of the parameter line with its place in the original text. */
export interface PlacedPiece {
  readonly key: string;
  readonly value: string;
  readonly bare: boolean;
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

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const NO_FENCES: ReadonlyMap<number, 'delimiter' | 'literal'> = new Map();
const NONE: ReadonlySet<DocumentLine> = new Set();
const OPENING = 'Negative prompt:';
const NEGATIVE = /^\s*Negative prompt:/;

/**
 * What each line of a block is. The parameter line and the matrix are found from the end; `pieces` are those of the
 * parameter line, `escaped` are the lines that a `\\` made prompt text.
 */
export function classify({ contents, level, fences }: BlockLines): Classified {
  const fenced = fences.length === 0 ? NO_FENCES : fenceRoles(fences);
  const isInert = (i: number) => !fenced.has(i) && isBlankOrComment(contents[i]?.text ?? '');
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
  let escapedLines: Set<DocumentLine> | undefined;
  const lines = contents.map((content, i): DocumentLine => {
    const { text } = content;
    if (i < firstBody) return part(content, 'heading', level + 1, text.length, level);
    if (fenced.get(i) === 'delimiter') return as(content, 'fence', text);
    if (fenced.get(i) === 'literal') return { ...part(content, negative ? 'negative' : 'prompt', 0, text.length), literal: true };
    if (isInert(i)) return text.trim() === '' ? as(content, 'blank', '') : as(content, 'comment', text.trimEnd());
    if (i === matrixAt) return as(content, 'matrix', text.trimEnd());
    if (i === parametersAt) {
      return as(content, 'parameters', printParameterLine(pieces ?? []));
    }
    const opening = text.includes(OPENING) ? NEGATIVE.exec(text) : null;
    if (opening !== null) {
      const line = part(content, 'negative', opening[0].length, text.length);
      if (negative) return line.text === '' ? as(line, 'blank', '') : line;
      negative = true;
      return { ...line, opensNegative: true };
    }
    const escaped = text.startsWith('\\') && unescapeLine(text).escaped;
    const line = part(content, negative ? 'negative' : 'prompt', escaped ? 1 : 0, text.length);
    if (escaped) (escapedLines ??= new Set()).add(line);
    return line;
  });
  return { lines, pieces: placed(contents[parametersAt], pieces ?? []), matrixLine: lines[matrixAt], escaped: escapedLines ?? NONE };
}

function parameterPieces(text: string): ParameterPiece[] | undefined {
  if (!text.includes(':') || NEGATIVE.test(text) || unescapeLine(text).escaped) return undefined;
  const pieces = readPieces(text);
  return isParameterLine(pieces) ? pieces : undefined;
}

function isBlankOrComment(text: string): boolean {
  if (text.startsWith('//')) return text.length === 2 || /\s/.test(text.charAt(2));
  return text === '' || (/\s/.test(text.charAt(0)) && text.trim() === '');
}

/** The same line, now known for what it is. Lines are ours alone until the document is made; a new object for each would cost a third of all parsing. */
function as(content: Mutable<DocumentLine>, kind: DocumentLine['kind'], text: string): DocumentLine {
  content.kind = kind;
  content.text = text;
  if (kind === 'blank') content.indent = '';
  return content;
}

/** A line cut to the trimmed text in `[from, to)`. */
function part(content: DocumentLine, kind: DocumentLine['kind'], from: number, to: number, level?: number): DocumentLine {
  const whole = content.text.slice(from, to);
  const text = whole.trim();
  if (text.length === content.text.length) return as(content, kind, text);
  const { indent, offsets } = content;
  const start = from + (text.length === whole.length ? 0 : whole.length - whole.trimStart().length);
  const end = start + text.length;
  const span = { start: offsetInLine(content, start), end: offsetInLine(content, end) };
  const line: Mutable<DocumentLine> = { kind, text, indent, span };
  if (level !== undefined) line.level = level;
  if (offsets !== undefined) line.offsets = offsets.slice(start, end + 1);
  return line;
}

function fenceRoles(fences: readonly { start: number; end: number }[]): Map<number, 'delimiter' | 'literal'> {
  const roles = new Map<number, 'delimiter' | 'literal'>();
  for (const { start, end } of fences) {
    for (let i = start; i <= end; i++) roles.set(i, i === start || i === end ? 'delimiter' : 'literal');
  }
  return roles;
}

function placed(content: DocumentLine | undefined, pieces: readonly ParameterPiece[]): PlacedPiece[] {
  const at = (start: number, end: number) => ({ start: content ? offsetInLine(content, start) : 0, end: content ? offsetInLine(content, end) : 0 });
  return pieces.map(({ key, value, bare, start, keyEnd, valueStart, end }) => ({
    key, value, bare, span: at(start, end), keySpan: at(start, keyEnd), valueSpan: at(valueStart, end),
  }));
}
