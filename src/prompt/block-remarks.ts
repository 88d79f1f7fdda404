import { offsetInLine, offsetInText, textOf } from './block-text';
import type { Diagnostic } from './diagnostic';
import type { DocumentLine } from './document';
import { readPieces } from './parameter-line';
import { SETTINGS } from './settings';
import { scanTemplate } from './template';

const knownKeys = new Set(SETTINGS.map(({ key }) => key));

const AND = /\bAND\b/;

interface Texts {
  readonly lines: readonly DocumentLine[];
  readonly prompt: readonly DocumentLine[];
  readonly negative: readonly DocumentLine[];
  /** Lines that a `\` made text on purpose. */
  readonly escaped: ReadonlySet<DocumentLine>;
}

/** Remarks on text that is prompt although it may not have been meant so, and on braces that do not close. */
export function remarkOnText(texts: Texts, diagnostics: Diagnostic[]): void {
  const { prompt, negative } = texts;
  for (const line of texts.lines) {
    if (line.text.startsWith('matrix:') && isPlain(line, texts)) {
      diagnostics.push({ span: line.span, severity: 'hint', code: 'matrix-in-prompt', message: 'this is prompt text: a matrix stands last in its block, or directly above the parameter line' });
    }
  }
  const composed = prompt.find(composes);
  if (composed !== undefined) {
    const start = composed.text.search(AND);
    const span = { start: offsetInLine(composed, start), end: offsetInLine(composed, start + 3) };
    diagnostics.push({ span, severity: 'hint', code: 'and-is-text', message: 'AND is plain text here; A1111 would draw the prompts around it together' });
  }
  const last = negative.at(-1) ?? prompt.at(-1);
  if (last?.text.includes(':') && isPlain(last, texts)) remarkOnKnownKeys(last, diagnostics);
  remarkOnTemplate(prompt, diagnostics);
  remarkOnTemplate(negative, diagnostics);
}

function remarkOnTemplate(text: readonly DocumentLine[], diagnostics: Diagnostic[]): void {
  if (!text.some(mayChoose)) return;
  for (const { start, end, severity, code, message } of scanTemplate(textOf(text)).problems) {
    diagnostics.push({ span: { start: offsetInText(text, start), end: offsetInText(text, end) }, severity, code, message });
  }
}

function isPlain(line: DocumentLine, { escaped }: Texts): boolean {
  return (line.kind === 'prompt' || line.kind === 'negative') && !line.literal && !escaped.has(line);
}

function composes({ text }: DocumentLine): boolean {
  return text.includes('AND') && AND.test(text);
}

function mayChoose({ text }: DocumentLine): boolean {
  return text.includes('{') || text.includes('}') || text.includes('__');
}

/** Parameters that ended up in the prompt, because something else stands on their line. */
function remarkOnKnownKeys(line: DocumentLine, diagnostics: Diagnostic[]): void {
  const pieces = readPieces(line.text);
  const isKnown = ({ bare, key }: { bare: boolean; key: string }) => !bare && knownKeys.has(key);
  const tail = pieces.findLastIndex((piece) => !isKnown(piece)) + 1;
  for (const [index, piece] of pieces.entries()) {
    if (!isKnown(piece)) continue;
    const before = index === tail ? pieces[tail - 1] : undefined;
    diagnostics.push({
      span: { start: offsetInLine(line, piece.start), end: offsetInLine(line, piece.end) },
      severity: 'hint',
      code: 'known-key-in-prompt',
      message: `“${piece.key}” is prompt text here; a parameter stands on the block's last line, with nothing but parameters`,
      ...(before && {
        fix: { title: 'Put the parameters on a line of their own', span: { start: offsetInLine(line, before.end), end: offsetInLine(line, piece.start) }, newText: '\n' },
      }),
    });
  }
}
