import type { DocumentLine, PromptDocument } from './document';
import { escapeLine } from './line-escape';

/**
 * Writes a document: LF, NFC, no BOM, no trailing space, one spelling for escapes and parameter lines; comments, blank
 * lines and everything around Markdown fences stay. `parse(print(d))` has the lines and blocks of `d` (spans aside),
 * and printing again changes nothing.
 */
export function print(document: Pick<PromptDocument, 'lines'>): string {
  return document.lines.map(printLine).join('\n');
}

function printLine(line: DocumentLine): string {
  const { kind, text, indent } = line;
  if (kind === 'blank') return '';
  if (kind === 'heading') return `${indent}${'#'.repeat(line.level ?? 1)} ${text}`;
  if (kind === 'negative' && line.opensNegative) return `${indent}Negative prompt: ${text}`.trimEnd();
  if ((kind === 'prompt' || kind === 'negative') && !line.literal) return indent + escapeLine(text);
  return indent + text;
}
