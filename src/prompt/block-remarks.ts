import { offsetInLine, offsetInText, textLines, textOf } from './block-text';
import type { Diagnostic } from './diagnostic';
import type { DocumentLine } from './document';
import { readPieces } from './parameter-line';
import { SETTINGS } from './settings';
import { scanTemplate } from './template';

const knownKeys = new Set(SETTINGS.map(({ key }) => key));

/** Remarks on text that is prompt although it may not have been meant so, and on braces that do not close. */
export function remarksOnText(lines: readonly DocumentLine[], escaped: ReadonlySet<DocumentLine>): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const lastText = lines.findLast((line) => (line.kind === 'prompt' || line.kind === 'negative') && line.text !== '');
  const isPlain = (line: DocumentLine) => (line.kind === 'prompt' || line.kind === 'negative') && !line.literal && !escaped.has(line);
  for (const line of lines) {
    if (isPlain(line) && line.text.startsWith('matrix:')) {
      diagnostics.push({ span: line.span, severity: 'hint', code: 'matrix-in-prompt', message: 'this is prompt text: a matrix stands last in its block, or directly above the parameter line' });
    }
  }
  if (lastText !== undefined && isPlain(lastText) && lastText.text.includes(':')) {
    for (const piece of readPieces(lastText.text)) {
      if (piece.bare || !knownKeys.has(piece.key)) continue;
      const span = { start: offsetInLine(lastText, piece.start), end: offsetInLine(lastText, piece.end) };
      diagnostics.push({ span, severity: 'hint', code: 'known-key-in-prompt', message: `“${piece.key}” is prompt text here; a parameter stands on the block's last line, with nothing but parameters` });
    }
  }
  for (const which of ['prompt', 'negative'] as const) {
    const text = textLines(lines, which);
    if (!text.some((line) => /[{}]|__/.test(line.text))) continue;
    for (const { start, end, severity, code, message } of scanTemplate(textOf(text)).problems) {
      diagnostics.push({ span: { start: offsetInText(text, start), end: offsetInText(text, end) }, severity, code, message });
    }
  }
  return diagnostics;
}
