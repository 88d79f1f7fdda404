/** Files that hold captions, read from their text: one caption, or one per line of `metadata.jsonl`. */
import type { CaptionSource } from './dataset';
import type { Lint } from './lint';
import { readMetadataLines, type MetadataLine } from './metadata-jsonl';
import { TimeSlice } from './time-slice';

/** A caption file's contents. `end` is its text's length, `endsInLine` whether more can be appended without a line break first. */
export type CaptionFile =
  | { readonly kind: 'text'; readonly caption: string; readonly source: CaptionSource }
  | { readonly kind: 'jsonl'; readonly lines: readonly MetadataLine[]; readonly problems: readonly Lint[]; readonly end: number; readonly endsInLine: boolean }
  | { readonly kind: 'unreadable'; readonly problem: Lint };

/** How a file begins that Git LFS has not fetched; as a caption it would be trained on (git-lfs, docs/spec.md). */
const LFS_POINTER = 'version https://git-lfs.github.com/spec/';

/** What a caption file at `file` (relative) says. A byte order mark is no part of the text, as in editors. */
export async function readCaptionFile(file: string, text: string, slice = new TimeSlice()): Promise<CaptionFile> {
  const content = text.replace(/^\uFEFF/, '');
  if (content.startsWith(LFS_POINTER)) return { kind: 'unreadable', problem: { code: 'unreadable-caption', severity: 'error', message: `${file} is a Git LFS pointer, not captions; fetch it with git lfs pull`, where: { file } } };
  if (!isMetadataFile(file)) return readCaptionText(file, content);
  return { kind: 'jsonl', ...(await readMetadataLines(file, content, slice)), end: content.length, endsInLine: content !== '' && !content.endsWith('\n') };
}

/** `metadata.jsonl` in any folder, as Hugging Face's imagefolder has it. */
export function isMetadataFile(path: string): boolean {
  return /(?:^|\/)metadata\.jsonl$/i.test(path);
}

/** A caption beside its picture. */
export function isCaptionText(path: string): boolean {
  return /[^/]\.(?:txt|caption)$/i.test(path);
}

function readCaptionText(file: string, text: string): CaptionFile {
  const span = captionSpan(text);
  const raw = text.slice(span.start, span.end);
  const caption = raw.replaceAll('\r\n', '\n');
  const before = text.slice(0, span.start);
  const from = { line: before.split('\n').length - 1, character: span.start - (before.lastIndexOf('\n') + 1) };
  return { kind: 'text', caption, source: { file, kind: 'text', span, from, ...(raw === caption ? {} : { raw }) } };
}

/** The text without the white space around it; of an empty text, its beginning. */
export function captionSpan(text: string): { start: number; end: number } {
  const end = text.trimEnd().length;
  return end === 0 ? { start: 0, end: 0 } : { start: text.length - text.trimStart().length, end };
}
