/** A fenced region; line numbers. `end` is the closing line, or one past the last line if nothing closes it. */
export interface Fence {
  readonly start: number;
  readonly end: number;
  readonly marker: string;
  /** The first word after the marker. */
  readonly language: string;
  readonly indent: string;
}

const OPENING = /^([ \t]*)(`{3,}(?=[^`]*$)|~{3,})[ \t]*(\S*)/;
const CLOSING = /^[ \t]*(`{3,}|~{3,})[ \t]*$/;

/**
 * Finds CommonMark's code fences, asked from the first line to the last. What a search found, or that it found nothing,
 * is remembered, so that many openings before one far closing line cost no more than one.
 */
export class FenceFinder {
  private readonly closings = new Map<string, number>();
  private readonly hopeless = new Map<string, number>();

  constructor(private readonly lines: readonly { readonly text: string }[]) {}

  /** The fence that line `index` opens, if it does. `indented`: leading space is allowed (Markdown lists). */
  openedAt(index: number, { indented }: { indented: boolean }): Fence | undefined {
    const line = this.lines[index]?.text ?? '';
    if (!mayBeMarker(line, indented)) return undefined;
    const [, indent, marker, language] = OPENING.exec(line) ?? [];
    if (indent === undefined || marker === undefined || (indent !== '' && !indented)) return undefined;
    return { start: index, end: this.closing(index, marker), marker, indent, language: language ?? '' };
  }

  private closing(from: number, marker: string): number {
    const kind = marker.charAt(0);
    const known = this.closings.get(marker) ?? 0;
    if (known > from) return known;
    if (marker.length >= (this.hopeless.get(kind) ?? Infinity)) return this.lines.length;
    for (let i = from + 1; i < this.lines.length; i++) {
      const line = this.lines[i]?.text ?? '';
      if (!mayBeMarker(line, true) || !CLOSING.exec(line)?.[1]?.startsWith(marker)) continue;
      this.closings.set(marker, i);
      return i;
    }
    this.hopeless.set(kind, marker.length);
    return this.lines.length;
  }
}

/** Asked of every line of a file: does it begin with a fence's character? */
function mayBeMarker(line: string, indented: boolean): boolean {
  let first = 0;
  while (indented && (line[first] === ' ' || line[first] === '\t')) first++;
  return line[first] === '`' || line[first] === '~';
}
