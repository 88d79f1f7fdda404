import { offsetInLine } from './block-text';
import type { DocumentLine } from './document';
import { printParameterLine, unescapeLine } from './line-escape';
import { isParameterLine, readPieces, type ParameterPiece } from './parameter-line';

interface BlockLines {
  readonly contents: readonly DocumentLine[];
  /** Of the heading on the first line; 0 without one. */
  readonly level: number;
  readonly fences: readonly { start: number; end: number }[];
}

interface Classified {
  readonly lines: readonly DocumentLine[];
  readonly pieces: readonly ParameterPiece[];
  readonly parametersLine: DocumentLine | undefined;
  readonly matrixLine: DocumentLine | undefined;
  readonly escaped: ReadonlySet<DocumentLine>;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const NO_FENCES: ReadonlyMap<number, 'delimiter' | 'literal'> = new Map();
const NO_PIECES: readonly ParameterPiece[] = [];
const NONE: ReadonlySet<DocumentLine> = new Set();
const OPENING = 'Negative prompt:';
const NEGATIVE = /^\s*Negative prompt:/;

/**
 * What each line of a block is. The parameter line and the matrix are found from the end; `pieces` are those of the
 * parameter line, `escaped` are the lines that a `\\` made prompt text.
 */
export function classify(block: BlockLines): Classified {
  return new Classifier(block).classify();
}

/** A class, because every block of a file asks for it at every keystroke, and closures would be made anew each time. */
class Classifier {
  private readonly contents: readonly DocumentLine[];
  private readonly level: number;
  private readonly firstBody: number;
  private readonly fenced: ReadonlyMap<number, 'delimiter' | 'literal'>;
  private pieces = NO_PIECES;
  private matrixAt = -1;
  private parametersAt = -1;
  private isNegative = false;
  private escaped: Set<DocumentLine> | undefined;

  constructor({ contents, level, fences }: BlockLines) {
    this.contents = contents;
    this.level = level;
    this.firstBody = level > 0 ? 1 : 0;
    this.fenced = fences.length === 0 ? NO_FENCES : fenceRoles(fences);
  }

  classify(): Classified {
    this.findEnd();
    const lines: DocumentLine[] = [];
    for (let i = 0; i < this.contents.length; i++) lines.push(this.line(i));
    return { lines, pieces: this.pieces, parametersLine: lines[this.parametersAt], matrixLine: lines[this.matrixAt], escaped: this.escaped ?? NONE };
  }

  /** The parameter line is last, with the matrix above or below it. */
  private findEnd(): void {
    const last = this.before(this.contents.length);
    if (this.isMatrix(last)) this.matrixAt = last;
    const candidate = this.matrixAt >= 0 ? this.before(last) : last;
    if (candidate < this.firstBody || this.fenced.has(candidate)) return;
    const pieces = parameterPieces(this.text(candidate));
    if (pieces === undefined) return;
    this.pieces = pieces;
    this.parametersAt = candidate;
    if (this.matrixAt >= 0) return;
    const above = this.before(candidate);
    if (this.isMatrix(above)) this.matrixAt = above;
  }

  private line(i: number): DocumentLine {
    const content = this.contents[i];
    if (content === undefined) throw new RangeError(`no line ${i}`);
    const { text } = content;
    const kind = this.isNegative ? 'negative' : 'prompt';
    if (i < this.firstBody) return part(content, 'heading', this.level + 1, this.level);
    const role = this.fenced.get(i);
    if (role === 'delimiter') return as(content, 'fence', text);
    if (role === 'literal') return { ...part(content, kind, 0), literal: true };
    if (isBlankOrComment(text)) return text.startsWith('//') ? as(content, 'comment', text.trimEnd()) : as(content, 'blank', '');
    if (i === this.matrixAt) return as(content, 'matrix', text.trimEnd());
    if (i === this.parametersAt) return as(content, 'parameters', printParameterLine(this.pieces));
    const opening = text.includes(OPENING) ? NEGATIVE.exec(text) : null;
    if (opening !== null) {
      const line = part(content, 'negative', opening[0].length);
      if (this.isNegative) return line.text === '' ? as(line, 'blank', '') : line;
      this.isNegative = true;
      return { ...line, opensNegative: true };
    }
    const isEscaped = text.startsWith('\\') && unescapeLine(text).escaped;
    const line = part(content, kind, isEscaped ? 1 : 0);
    if (isEscaped) (this.escaped ??= new Set()).add(line);
    return line;
  }

  private before(i: number): number {
    let previous = i - 1;
    while (previous >= this.firstBody && !this.fenced.has(previous) && isBlankOrComment(this.text(previous))) previous--;
    return previous;
  }

  private isMatrix(i: number): boolean {
    return i >= this.firstBody && !this.fenced.has(i) && this.text(i).startsWith('matrix:');
  }

  private text(i: number): string {
    return this.contents[i]?.text ?? '';
  }
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

/** A line cut to its trimmed text from `from` on. */
function part(content: DocumentLine, kind: DocumentLine['kind'], from: number, level?: number): DocumentLine {
  const whole = from === 0 ? content.text : content.text.slice(from);
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
