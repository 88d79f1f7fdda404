/**
 * `\` at the start of a line makes it prompt text where it would otherwise be something else. Both directions look
 * behind any number of backslashes, so a line that really begins with `\# ` is written `\\# `, and so on.
 */
import { formatPiece, isParameterLine, readPieces } from './parameter-line';

const STRUCTURE = /^(?:#{1,6} |\/\/(?:\s|$)|---|matrix:|```|~~~|\s*Negative prompt:)/;

/** Whether a line of a block would be read as structure: heading, comment, fence, matrix, negative prompt, parameters. */
function isStructure(line: string): boolean {
  return STRUCTURE.test(line) || (line.includes(':') && isParameterLine(readPieces(line)));
}

/** Prompt text as a line of a file: with one more `\` if it would be read as something else. */
export function escapeLine(text: string): string {
  return isStructure(text.replace(/^\\+/, '')) ? `\\${text}` : text;
}

/** What a line of a file says, and whether a `\` was taken off. */
export function unescapeLine(line: string): { text: string; escaped: boolean } {
  if (!line.startsWith('\\') || !isStructure(line.replace(/^\\+/, ''))) return { text: line, escaped: false };
  return { text: line.slice(1), escaped: true };
}

/** A parameter line. Where its first piece would make it something else it begins with a comma, which means nothing. */
export function printParameterLine(pieces: readonly { key: string; value: string; bare: boolean }[]): string {
  let line = '';
  for (const { key, value, bare } of pieces) line += (line === '' ? '' : ', ') + formatPiece(key, value, bare);
  return line.startsWith('\\') || STRUCTURE.test(line) ? `, ${line}` : line;
}
