/**
 * `metadata.jsonl` as Hugging Face's imagefolder has it: one JSON object a line, `file_name` relative to the file's own
 * folder, the caption under `text`; other keys are other columns and left alone. Every value is found with its place.
 */
import { z } from 'zod';
import type { Span } from '../prompt';
import type { CaptionSource } from './dataset';
import { readJsonObject, type JsonMember } from './json-object';
import type { Lint, TextRange } from './lint';
import type { TimeSlice } from './time-slice';

/** What is read of a line. Absent and `null` captions are places for one. */
const Line = z.looseObject({
  file_name: z.string('must be a string, the path of a picture').min(1, 'is empty; name a picture').max(4096, 'is too long for a path'),
  text: z.string('must be a string or null').nullish(),
});

export interface MetadataLine {
  /** As written, with forward slashes; relative to the folder of the metadata file. */
  readonly fileName: string;
  readonly fileNameRange: TextRange;
  readonly caption: string;
  readonly source: CaptionSource;
  /** The whole line with its line break, for taking it out. */
  readonly lineSpan: Span;
}

/** Offsets are into `text`, which is without a byte order mark. A line that cannot be used is a problem; the others count. */
export async function readMetadataLines(file: string, text: string, slice: TimeSlice): Promise<{ lines: MetadataLine[]; problems: Lint[] }> {
  const lines: MetadataLine[] = [];
  const problems: Lint[] = [];
  let number = 0;
  for (let start = 0; start < text.length; number++) {
    const lineEnd = endOfLine(text, start);
    const found = readLine(file, text, { start, end: lineEnd }, number);
    if (found !== null && 'fileName' in found) lines.push(found);
    else if (found !== null) problems.push(found);
    start = lineEnd + 1;
    if (slice.isOver()) await slice.rest();
  }
  return { lines, problems };
}

/** Offset of the line's end, its LF not included. */
export function endOfLine(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end < 0 ? text.length : end;
}

function readLine(file: string, text: string, { start, end }: Span, line: number): MetadataLine | Lint | null {
  if (text.slice(start, end).trim() === '') return null;
  const first = start + /^[ \t]*/.exec(text.slice(start, end))![0].length;
  const range = (span: Span): TextRange => ({ ...span, from: { line, character: span.start - start }, to: { line, character: span.end - start } });
  const bad = (message: string, span: Span): Lint => ({ code: 'metadata-line', severity: 'error', message, where: { file, range: range(span) } });

  const object = readJsonObject(text, first, end);
  if ('problem' in object) return bad(`not a line of JSON: ${object.problem}`, { start: Math.min(object.at, end), end });
  const members = new Map(object.members.map((member) => [member.key, member]));
  const parsed = Line.safeParse(Object.fromEntries(['file_name', 'text'].flatMap((key) => valueOf(text, members.get(key)))));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const key = String(issue?.path[0] ?? 'file_name');
    if (!members.has(key)) return bad(`no ${key} in this line; add "${key}": "…", the path of a picture`, { start: first, end: object.end });
    return bad(`${key} ${issue?.message ?? 'cannot be used'}`, members.get(key)!.valueSpan);
  }
  return {
    fileName: parsed.data.file_name.replaceAll('\\', '/'),
    fileNameRange: range(members.get('file_name')!.valueSpan),
    ...captionOf(file, text, members.get('text'), { start, first, end: object.end, line }),
    lineSpan: { start, end: Math.min(end + 1, text.length) },
  };
}

/** The caption between its quotes; without one, the whole object stands for it. */
function captionOf(file: string, text: string, member: JsonMember | undefined, at: { start: number; first: number; end: number; line: number }): Pick<MetadataLine, 'caption' | 'source'> {
  const isText = member !== undefined && text[member.valueSpan.start] === '"';
  const span = isText ? { start: member.valueSpan.start + 1, end: member.valueSpan.end - 1 } : (member?.valueSpan ?? { start: at.first, end: at.end });
  const raw = isText ? text.slice(span.start, span.end) : '';
  const caption = (JSON.parse(`"${raw}"`) as string).replaceAll('\r\n', '\n').trim();
  return { caption, source: { file, kind: 'jsonl', span, from: { line: at.line, character: span.start - at.start }, ...(raw === caption ? {} : { raw }) } };
}

/** As an entry for `Object.fromEntries`. A value that is neither string nor null only has to fail by its kind, so it need not be parsed. */
function valueOf(text: string, member: JsonMember | undefined): [string, unknown][] {
  if (!member) return [];
  const literal = text.slice(member.valueSpan.start, member.valueSpan.end);
  return [[member.key, literal.startsWith('"') ? JSON.parse(literal) : literal === 'null' ? null : { literal }]];
}
