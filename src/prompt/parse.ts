import type { Diagnostic, Span } from './diagnostic';
import type { Block, DocumentLine, FrontMatter, PromptDocument, PromptLanguage } from './document';
import { FenceFinder, type Fence } from './fence';
import { readFrontMatter } from './front-matter';
import { fileStem } from './paths';
import { readBlock } from './read-block';
import { splitLines } from './source-line';

export interface ParseOptions {
  /** The file's name or path; its stem names blocks without a heading. */
  fileName: string;
  language: PromptLanguage;
}

/** Reads a prompt file. Total: any text gives blocks and diagnostics, in time linear in its length. */
export function parse(text: string, options: ParseOptions): PromptDocument {
  return new Parser(text, options).parse();
}

const HEADING = /^(#{1,6}) /;

class Parser {
  private readonly source: readonly DocumentLine[];
  private readonly fences: FenceFinder;
  private readonly lines: DocumentLine[] = [];
  private readonly blocks: Block[] = [];
  private readonly diagnostics: Diagnostic[] = [];
  private readonly stem: string;
  private firstFrontMatter: FrontMatter | null = null;
  private frontMatter: FrontMatter | null = null;
  /** Spaces that the Markdown fence being read puts before its lines. */
  private indent = '';

  constructor(
    private readonly text: string,
    private readonly options: ParseOptions,
  ) {
    this.source = splitLines(text);
    this.fences = new FenceFinder(this.source);
    this.stem = fileStem(options.fileName);
  }

  parse(): PromptDocument {
    if (this.options.language === 't2i') this.section(0, this.source.length, this.stem);
    else this.markdown();
    const { blocks, lines, diagnostics, firstFrontMatter: frontMatter } = this;
    diagnostics.sort((a, b) => a.span.start - b.span.start);
    return { ...this.options, blocks, frontMatter, lines, diagnostics };
  }

  /** Everything outside ```` ```t2i ```` fences is kept as it is; each such fence is a small prompt file. */
  private markdown(): void {
    let count = 0;
    let index = 0;
    while (index < this.source.length) {
      const fence = this.fences.openedAt(index, { indented: true });
      const end = fence === undefined ? index + 1 : Math.min(fence.end + 1, this.source.length);
      if (fence !== undefined && fence.language === 't2i') {
        this.raw('fence', index);
        this.indent = fence.indent;
        this.section(index + 1, fence.end, `${this.stem}-${++count}`);
        this.indent = '';
        if (fence.end < this.source.length) this.raw('fence', fence.end);
      } else for (let i = index; i < end; i++) this.raw('outside', i);
      index = end;
    }
  }

  private section(from: number, to: number, defaultName: string): void {
    let index = from;
    if (index < to && this.content(index).text.trimEnd() === '---') index = this.readFrontMatter(index, to);
    let blockStart = index;
    let fences: Fence[] = [];
    const finish = (end: number) => {
      this.readBlock(blockStart, end, fences, defaultName);
      blockStart = end;
      if (fences.length > 0) fences = [];
    };
    while (index < to) {
      const fence = this.indent === '' ? this.fences.openedAt(index, { indented: false }) : undefined;
      if (fence !== undefined && fence.end < to) {
        fences.push(fence);
        index = fence.end + 1;
        continue;
      }
      if (fence !== undefined) {
        this.diagnostics.push({
          span: this.lineSpan(index), severity: 'warning', code: 'unclosed-fence',
          message: `this fence is never closed, so it is prompt text; close it with a line ${fence.marker}`,
        });
      }
      if (this.isHeading(index)) finish(index);
      index++;
    }
    finish(to);
  }

  /** Reads from the `---` at `from` and returns the line after the closing one. */
  private readFrontMatter(from: number, to: number): number {
    let close = from + 1;
    while (close < to && !/^(?:---|\.\.\.)\s*$/.test(this.content(close).text)) close++;
    const isClosed = close < to;
    if (!isClosed) {
      close = from + 1;
      while (close < to && !this.isHeading(close)) close++;
      this.diagnostics.push({
        span: this.lineSpan(from), severity: 'error', code: 'front-matter-unclosed',
        message: 'front matter begins here and is never closed; end it with a line ---',
      });
    }
    const end = isClosed ? close + 1 : close;
    for (let i = from; i < end; i++) this.raw('front-matter', i);
    // The original, so that spans are exact: an indented fence's indent is no matter to YAML as long as all lines have
    // it, and a lone CR, which YAML does not take for a line end, has the length of a LF.
    const start = this.source[from + 1]?.span.start ?? this.text.length;
    const stop = close > from + 1 ? (this.source[close - 1]?.span.end ?? start) : start;
    const span = { start: this.source[from]?.span.start ?? 0, end: this.source[end - 1]?.span.end ?? start };
    const { frontMatter, diagnostics } = readFrontMatter(this.text.slice(start, stop).replace(/\r(?!\n)/g, '\n'), start, span);
    this.diagnostics.push(...diagnostics);
    this.frontMatter = frontMatter;
    this.firstFrontMatter ??= frontMatter;
    return end;
  }

  private readBlock(from: number, to: number, fences: readonly Fence[], defaultName: string): void {
    if (from >= to) return;
    const contents = this.indent === '' ? this.source.slice(from, to) : this.source.slice(from, to).map((_, i) => this.content(from + i));
    const result = readBlock({
      contents,
      level: HEADING.exec(contents[0]?.text ?? '')?.[1]?.length ?? 0,
      fences: fences.length === 0 ? fences : fences.map(({ start, end }) => ({ start: start - from, end: end - from })),
      defaultName,
      index: this.blocks.length,
      firstLine: this.lines.length,
      frontMatter: this.frontMatter,
      original: this.text,
    });
    for (const line of result.lines) this.lines.push(line);
    for (const diagnostic of result.diagnostics) this.diagnostics.push(diagnostic);
    if (result.block !== null) this.blocks.push(result.block);
  }

  /** A line without the fence's indent. */
  private content(index: number): DocumentLine {
    const line = this.source[index];
    if (line === undefined) throw new RangeError(`no line ${index}`);
    let skip = 0;
    while (skip < this.indent.length && (line.text[skip] === ' ' || line.text[skip] === '\t')) skip++;
    if (skip === 0) return line;
    return {
      ...line,
      text: line.text.slice(skip),
      indent: line.text.slice(0, skip),
      span: { start: line.span.start + skip, end: line.span.end },
      ...(line.offsets && { offsets: line.offsets.slice(skip) }),
    };
  }

  private isHeading(index: number): boolean {
    const { text } = this.content(index);
    return text.startsWith('#') && HEADING.test(text);
  }

  private raw(kind: 'outside' | 'fence' | 'front-matter', index: number): void {
    this.lines.push({ ...this.content(index), kind });
  }

  private lineSpan(index: number): Span {
    return this.content(index).span;
  }
}
