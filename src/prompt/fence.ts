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

/** Finds CommonMark's code fences. A search that found no closing line is remembered, so all searches together stay linear. */
export class FenceFinder {
  private readonly hopeless = new Map<string, number>();

  constructor(private readonly lines: readonly string[]) {}

  /** The fence that line `index` opens, if it does. `indented`: leading space is allowed (Markdown lists). */
  openedAt(index: number, { indented }: { indented: boolean }): Fence | undefined {
    const line = this.lines[index] ?? '';
    if (!line.includes('```') && !line.includes('~~~')) return undefined;
    const [, indent, marker, language] = OPENING.exec(line) ?? [];
    if (indent === undefined || marker === undefined || (indent !== '' && !indented)) return undefined;
    return { start: index, end: this.closing(index, marker), marker, indent, language: language ?? '' };
  }

  private closing(from: number, marker: string): number {
    const kind = marker.charAt(0);
    if (marker.length >= (this.hopeless.get(kind) ?? Infinity)) return this.lines.length;
    for (let i = from + 1; i < this.lines.length; i++) {
      const closing = CLOSING.exec(this.lines[i] ?? '')?.[1];
      if (closing?.startsWith(marker)) return i;
    }
    this.hopeless.set(kind, marker.length);
    return this.lines.length;
  }
}
