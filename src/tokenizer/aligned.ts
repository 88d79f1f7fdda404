/** Text that has been rewritten and still knows where every piece of it came from. */

/** A range in the original text, in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** For every UTF-16 unit of a text, the range of the original it came from. */
interface Origins {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** A part of a text and what takes its place. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export class Aligned {
  /** `origins` is `null` while nothing has moved: then unit i came from `offset` + i. */
  private constructor(
    readonly text: string,
    private readonly origins: Origins | null,
    private readonly offset: number,
  ) {}

  static of(text: string): Aligned {
    return new Aligned(text, null, 0);
  }

  /** Where the units from `start` to `end` (at least one) came from. */
  span(start: number, end: number): Span {
    if (this.origins === null) return { start: this.offset + start, end: this.offset + end };
    return { start: this.origins.starts[start]!, end: this.origins.ends[end - 1]! };
  }

  slice(start: number, end: number): Aligned {
    const text = this.text.slice(start, end);
    if (this.origins === null) return new Aligned(text, null, this.offset + start);
    return new Aligned(text, { starts: this.origins.starts.subarray(start, end), ends: this.origins.ends.subarray(start, end) }, 0);
  }

  /** Replaces every match; what comes of a match comes from the whole of it. */
  replace(pattern: RegExp, replacement: (match: string) => string): Aligned {
    const edits: Edit[] = [];
    for (const { 0: match, index } of this.text.matchAll(pattern)) {
      const text = replacement(match);
      if (text !== match) edits.push({ start: index, end: index + match.length, text });
    }
    return this.edit(edits);
  }

  /** The same text with something before it that stands for nothing in the original. */
  prepend(text: string): Aligned {
    return this.edit([{ start: 0, end: 0, text }]);
  }

  /** Makes edits that do not overlap and are in order. */
  edit(edits: readonly Edit[]): Aligned {
    if (edits.length === 0) return this;
    const length = edits.reduce((sum, { start, end, text }) => sum + text.length - (end - start), this.text.length);
    const starts = new Int32Array(length);
    const ends = new Int32Array(length);
    const parts: string[] = [];
    let read = 0;
    let write = 0;
    const keep = (until: number) => {
      parts.push(this.text.slice(read, until));
      for (; read < until; read++, write++) ({ start: starts[write]!, end: ends[write]! } = this.span(read, read + 1));
    };
    for (const { start, end, text } of edits) {
      keep(start);
      const from = start < this.text.length ? this.span(start, start + 1).start : this.offset;
      const to = end > start ? this.span(start, end).end : from;
      starts.fill(from, write, write + text.length);
      ends.fill(to, write, write + text.length);
      parts.push(text);
      write += text.length;
      read = end;
    }
    keep(this.text.length);
    return new Aligned(parts.join(''), { starts, ends }, 0);
  }
}
