/** From a caption back to its file: escapes and line ends make a caption and its characters on disk differ. */
import type { Span } from '../prompt';
import type { CaptionSource } from './dataset';
import type { Place, Position, TextRange } from './lint';

/** Where a caption's characters from `start` to `end` (UTF-16 offsets into the caption) stand in its file. */
export function placeInCaption(source: CaptionSource, caption: string, start = 0, end = caption.length): Place {
  const raw = source.raw ?? caption;
  const units = source.raw === undefined ? null : unitsOf(source);
  if (units === null) return { file: source.file, range: rangeIn(source, raw, start, Math.max(start, end)) };
  const from = units[start]?.start ?? units.at(-1)?.end ?? 0;
  // A unit's own end, not its neighbour's start: between them may stand what the caption does not have.
  return { file: source.file, range: rangeIn(source, raw, from, end > start ? (units[end - 1]?.end ?? from) : from) };
}

/** For each UTF-16 unit of the caption its place in the raw characters. */
function unitsOf({ kind, raw = '' }: CaptionSource): Span[] {
  const pattern = kind === 'jsonl' ? /\\u[0-9a-fA-F]{4}|\\[^]|[^]/g : /[^]/g;
  const tokens = [...raw.matchAll(pattern)].map(({ 0: token, index }) => ({ start: index, end: index + token.length, value: decoded(token) }));
  // CRLF counts as one LF, also where JSON escapes it.
  const kept = tokens.filter(({ value }, index) => !(value === '\r' && tokens[index + 1]?.value === '\n'));
  while (kept[0]?.value.trim() === '') kept.shift();
  while (kept.at(-1)?.value.trim() === '') kept.pop();
  return kept;
}

function decoded(token: string): string {
  return token.length > 1 ? (JSON.parse(`"${token}"`) as string) : token;
}

function rangeIn(source: CaptionSource, raw: string, start: number, end: number): TextRange {
  const position = (offset: number): Position => {
    const before = raw.slice(0, offset);
    const lines = before.split('\n').length - 1;
    return lines === 0
      ? { line: source.from.line, character: source.from.character + offset }
      : { line: source.from.line + lines, character: offset - (before.lastIndexOf('\n') + 1) };
  };
  return { start: source.span.start + start, end: source.span.start + end, from: position(start), to: position(end) };
}
