/**
 * Changing a caption as an edit of its file's text: only the caption's own characters are replaced, so that white space,
 * other keys, their order and everything else stay byte for byte, and undo, diff and source control see one small change.
 */
import type { Span } from '../prompt';
import { captionSpan } from './caption-file';
import type { CaptionSource } from './dataset';
import { DatasetError } from './error';
import { readJsonObject } from './json-object';
import { endOfLine } from './metadata-jsonl';

/** Replace `span` (UTF-16 offsets into the text as given) by `newText`. */
export interface TextEdit {
  readonly span: Span;
  readonly newText: string;
}

/** The edit that makes `caption` the caption that `source` says, in its file's present text. Throws `DatasetError` as `editMetadataLine`. */
export function editCaption(source: Pick<CaptionSource, 'kind' | 'from'>, text: string, caption: string): TextEdit {
  return source.kind === 'text' ? editCaptionText(text, caption) : editMetadataLine(text, source.from.line, caption);
}

/** For `x.txt` and `x.caption`: white space around the caption and a byte order mark stay, and line ends are the file's own. */
export function editCaptionText(text: string, caption: string): TextEdit {
  const mark = text.startsWith('\uFEFF') ? 1 : 0;
  const { start, end } = captionSpan(text.slice(mark));
  const lines = caption.trim().replaceAll('\r\n', '\n');
  return { span: { start: start + mark, end: end + mark }, newText: text.includes('\r\n') ? lines.replaceAll('\n', '\r\n') : lines };
}

/**
 * For line `line` (from 0) of a `metadata.jsonl`: replaces the value of `text`, or adds that key as the last one. What
 * is not ASCII is escaped if the line's writer escaped it. Throws `DatasetError` if the line is no JSON object.
 */
export function editMetadataLine(text: string, line: number, caption: string): TextEdit {
  let start = text.startsWith('\uFEFF') ? 1 : 0;
  for (let skipped = 0; skipped < line && start <= text.length; skipped++) start = endOfLine(text, start) + 1;
  const end = endOfLine(text, start);
  const content = text.slice(start, end);
  const object = readJsonObject(text, start + (/^[ \t]*/.exec(content)?.[0].length ?? 0), Math.max(start, end));
  if ('problem' in object) throw new DatasetError(`line ${line + 1} of metadata.jsonl is not a JSON object (${object.problem}); mend it in the file first`);
  const literal = literalLike(content, caption.trim().replaceAll('\r\n', '\n'));
  const known = object.members.findLast(({ key }) => key === 'text');
  if (known) return { span: known.valueSpan, newText: literal };
  const last = object.members.at(-1);
  if (!last) return { span: { start: object.end - 1, end: object.end - 1 }, newText: `"text": ${literal}` };
  const colon = text.slice(last.keySpan.end, last.valueSpan.start);
  // Compact writers put no space after a colon, and none after a comma.
  return { span: { start: last.valueSpan.end, end: last.valueSpan.end }, newText: `,${colon === ':' ? '' : ' '}"text"${colon}${literal}` };
}

/** A line of `metadata.jsonl` for a picture that has none, in Python's manner of spacing; without a line break. */
export function metadataLine(fileName: string, caption: string): string {
  return `{"file_name": ${JSON.stringify(fileName)}, "text": ${JSON.stringify(caption)}}`;
}

function literalLike(line: string, caption: string): string {
  const literal = JSON.stringify(caption);
  const escapesAll = /\\u(?!00[01])[0-9a-fA-F]{4}/.test(line) && /^[\x20-\x7e\t\r]*$/.test(line);
  return escapesAll ? literal.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`) : literal;
}
