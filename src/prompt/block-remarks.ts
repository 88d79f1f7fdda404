import { offsetInLine, offsetInText, textOf } from './block-text';
import type { Diagnostic } from './diagnostic';
import type { DocumentLine } from './document';
import { readPieces } from './parameter-line';
import { SETTINGS } from './settings';
import { scanTemplate } from './template';

const knownKeys = new Set(SETTINGS.map(({ key }) => key));

interface Texts {
  readonly lines: readonly DocumentLine[];
  readonly prompt: readonly DocumentLine[];
  readonly negative: readonly DocumentLine[];
  /** Lines that a `\` made text on purpose. */
  readonly escaped: ReadonlySet<DocumentLine>;
}

/** Remarks on text that is prompt although it may not have been meant so, and on braces that do not close. */
export function remarkOnText({ lines, prompt, negative, escaped }: Texts, diagnostics: Diagnostic[]): void {
  const isPlain = (line: DocumentLine) => (line.kind === 'prompt' || line.kind === 'negative') && !line.literal && !escaped.has(line);
  for (const line of lines) {
    if (line.text.startsWith('matrix:') && isPlain(line)) {
      diagnostics.push({ span: line.span, severity: 'hint', code: 'matrix-in-prompt', message: 'this is prompt text: a matrix stands last in its block, or directly above the parameter line' });
    }
  }
  const last = negative.at(-1) ?? prompt.at(-1);
  if (last?.text.includes(':') && isPlain(last)) {
    for (const piece of readPieces(last.text)) {
      if (piece.bare || !knownKeys.has(piece.key)) continue;
      const span = { start: offsetInLine(last, piece.start), end: offsetInLine(last, piece.end) };
      diagnostics.push({ span, severity: 'hint', code: 'known-key-in-prompt', message: `“${piece.key}” is prompt text here; a parameter stands on the block's last line, with nothing but parameters` });
    }
  }
  for (const text of [prompt, negative]) {
    if (!text.some((line) => /[{}]|__/.test(line.text))) continue;
    for (const { start, end, severity, code, message } of scanTemplate(textOf(text)).problems) {
      diagnostics.push({ span: { start: offsetInText(text, start), end: offsetInText(text, end) }, severity, code, message });
    }
  }
}
