import type { Diagnostic, Span } from './diagnostic';
import type { Settings, SettingName } from './settings';

/** The languages a prompt file is written in: `.t2i` itself, or Markdown with ```` ```t2i ```` fences. */
export type PromptLanguage = 't2i' | 'markdown';

/**
 * What a line of the file is. `text` is what the line says without its escape, indentation or fence prefix:
 *  - `outside`, `fence`, `front-matter`, `comment`: the line as it stands;
 *  - `heading`: the name;
 *  - `prompt`, `negative`: a line of the block's text, trimmed (the first `negative` line has no `Negative prompt:`);
 *  - `matrix`, `parameters`: the line as it stands; what it means is in the block.
 */
export interface DocumentLine {
  readonly kind: 'outside' | 'fence' | 'front-matter' | 'comment' | 'blank' | 'heading' | 'prompt' | 'negative' | 'matrix' | 'parameters';
  readonly text: string;
  /** Where `text` stands; a whole line, for lines that stand as they are. */
  readonly span: Span;
  /** Only where NFC changed the line: the original offset of each offset in `text`, and of its end. */
  readonly offsets?: readonly number[];
  /** Leading characters that a Markdown fence puts before each of its lines. */
  readonly indent: string;
  /** 1 to 6, headings only. */
  readonly level?: number;
  /** Inside a fence of a `.t2i` file, where headings, comments and parameters are not looked for. */
  readonly literal?: boolean;
  /** The first line of a negative prompt. */
  readonly opensNegative?: boolean;
}

/** One `key: value` of a parameter line, unquoted. A bare word has its own key as its value, as A1111 writes it. */
export interface Parameter {
  readonly key: string;
  readonly value: string;
  readonly span: Span;
  readonly keySpan: Span;
  readonly valueSpan: Span;
  readonly bare: boolean;
  /** What Easel takes it for; `null` is a key that is only kept. */
  readonly setting: SettingName | null;
}

/** A `matrix:` line: every combination of its values is drawn, the last axis running fastest. */
export interface Matrix {
  readonly span: Span;
  readonly axes: readonly MatrixAxis[];
}

export interface MatrixAxis {
  readonly setting: SettingName;
  /** The key as the file writes it. */
  readonly key: string;
  readonly values: readonly MatrixValue[];
}

export interface MatrixValue {
  /** The value as the file writes it. */
  readonly text: string;
  readonly settings: Settings;
  readonly span: Span;
}

/** Defaults for the blocks that follow: YAML between `---` lines. */
export interface FrontMatter {
  readonly span: Span;
  readonly settings: Settings;
  /** The default negative prompt. */
  readonly negativePrompt: string | null;
  /** Where each key's value stands, for diagnostics that come later. */
  readonly valueSpans: ReadonlyMap<SettingName | 'negative', Span>;
}

/** One prompt of a file, with everything said about it. */
export interface Block {
  readonly name: string;
  /** Place among the document's blocks, from 0. */
  readonly index: number;
  readonly span: Span;
  readonly headingSpan: Span | null;
  readonly nameSpan: Span | null;
  /** From the first to the last line of the positive prompt; empty, where it would begin, if there is none. */
  readonly promptSpan: Span;
  /** NFC, LF, lines trimmed, comments gone; wildcards, variants and weights still in it. */
  readonly prompt: string;
  /** `null` if the block has none of its own; then front matter's holds. */
  readonly negativePrompt: string | null;
  readonly negativeSpan: Span | null;
  readonly parameters: readonly Parameter[];
  readonly parametersSpan: Span | null;
  /** The known parameters, read; the last one of a name wins. */
  readonly settings: Settings;
  readonly matrix: Matrix | null;
  /** Pictures the block stands for: matrix cells × `Count`; 0 for a heading with nothing under it, or if it would be too many. */
  readonly count: number;
  readonly frontMatter: FrontMatter | null;
  /** The block's lines, heading included: `document.lines[firstLine … endLine)`. */
  readonly firstLine: number;
  readonly endLine: number;
}

/** A whole file, read. Every line is kept, so `print` can write it again. */
export interface PromptDocument {
  readonly fileName: string;
  readonly language: PromptLanguage;
  readonly blocks: readonly Block[];
  /** The first front matter of the file; a block knows the one that governs it. */
  readonly frontMatter: FrontMatter | null;
  readonly lines: readonly DocumentLine[];
  readonly diagnostics: readonly Diagnostic[];
}
