import { readParameters } from './block-parameters';
import { remarkOnText } from './block-remarks';
import { isNegative, textLines, textOf } from './block-text';
import { classify } from './classify';
import type { Diagnostic, Span } from './diagnostic';
import type { Block, DocumentLine, FrontMatter, Matrix } from './document';
import { cellCount, readMatrix } from './matrix';
import { MAX_PICTURES } from './settings';

export interface BlockSource {
  /** The block's lines, heading included, fence indent taken off. */
  readonly contents: readonly DocumentLine[];
  /** Of the heading on the first line; 0 without one. */
  readonly level: number;
  /** Fences inside the block; numbers count from its first line. */
  readonly fences: readonly { start: number; end: number }[];
  readonly defaultName: string;
  readonly index: number;
  /** Place of the block's first line in the document. */
  readonly firstLine: number;
  readonly frontMatter: FrontMatter | null;
  readonly original: string;
}

interface BlockResult {
  readonly lines: readonly DocumentLine[];
  /** Null if there is nothing but blank lines and comments, and no heading. */
  readonly block: Block | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads one block: first what each line is, then what the block says. */
export function readBlock(source: BlockSource): BlockResult {
  const { contents, level, defaultName, index, firstLine, frontMatter } = source;
  const diagnostics: Diagnostic[] = [];
  const { lines, pieces, parametersLine, matrixLine, escaped } = classify(source);
  const prompt = textLines(lines, 'prompt');
  const negative = textLines(lines, 'negative');
  const opening = lines.find(isNegative);
  const negativeSpan = opening === undefined ? null : spanOver(opening, negative.at(-1) ?? opening);

  let matrix: Matrix | null = null;
  if (matrixLine !== undefined) {
    const { start, end } = matrixLine.span;
    const reading = readMatrix(source.original.slice(start, end).trimEnd(), start, matrixLine.span);
    matrix = reading.matrix;
    diagnostics.push(...reading.diagnostics);
  }
  const { parameters, settings } = parametersLine === undefined ? { parameters: [], settings: {} } : readParameters(pieces, parametersLine, diagnostics);
  remarkOnText({ lines, prompt, negative, escaped }, diagnostics);

  const isEmpty = prompt.length === 0 && negativeSpan === null && parametersLine === undefined && matrixLine === undefined;
  if (isEmpty && level === 0) return { lines, block: null, diagnostics };
  const heading = level > 0 ? contents[0] : undefined;
  const name = heading && lines[0]?.text;
  const last = lines.findLast(isWritten);
  const span = { start: contents[0]?.span.start ?? 0, end: last?.span.end ?? 0 };
  const count = isEmpty ? 0 : cellCount(matrix) * (settings.count ?? frontMatter?.settings.count ?? 1);
  if (count > MAX_PICTURES) {
    const where = matrix?.span ?? parametersLine?.span ?? span;
    diagnostics.push({ span: where, severity: 'error', code: 'too-many-pictures', message: `${count} pictures in one block; the most is ${MAX_PICTURES}` });
  }
  const block: Block = {
    name: name ? name : defaultName,
    index,
    span,
    headingSpan: heading?.span ?? null,
    nameSpan: name ? (lines[0]?.span ?? null) : null,
    promptSpan: promptSpan(prompt, heading?.span.end ?? span.start),
    prompt: textOf(prompt),
    negativePrompt: negativeSpan === null ? null : textOf(negative),
    negativeSpan,
    parameters,
    parametersSpan: parametersLine?.span ?? null,
    settings,
    matrix,
    count: count > MAX_PICTURES ? 0 : count,
    frontMatter,
    firstLine,
    endLine: firstLine + lines.length,
  };
  return { lines, block, diagnostics };
}

function isWritten({ kind }: DocumentLine): boolean {
  return kind !== 'blank';
}

function promptSpan(lines: readonly DocumentLine[], ifEmpty: number): Span {
  const [first, last] = [lines[0], lines.at(-1)];
  return first && last ? spanOver(first, last) : { start: ifEmpty, end: ifEmpty };
}

function spanOver(first: DocumentLine, last: DocumentLine): Span {
  return { start: first.span.start, end: last.span.end };
}
