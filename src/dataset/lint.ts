/** What a dataset's lints look like. Places and edits are plain data that an editor maps onto its own, one to one. */
import type { Severity, Span } from '../prompt';

/** Zero-based line and UTF-16 column, as editors count them. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

/** Part of a text file: offsets into its text without a byte order mark, and the same as lines and columns. */
export interface TextRange extends Span {
  readonly from: Position;
  readonly to: Position;
}

/** `file` is relative to the dataset's folder, with forward slashes. Without a range the whole file is meant. */
export interface Place {
  readonly file: string;
  readonly range?: TextRange;
}

/** An edit that would settle a lint. Replacing leaves everything outside `span` byte for byte as it is. */
export type FileEdit =
  | { readonly kind: 'replace'; readonly file: string; readonly span: Span; readonly newText: string }
  | { readonly kind: 'create'; readonly file: string; readonly text: string }
  | { readonly kind: 'rename'; readonly file: string; readonly to: string };

export interface DatasetFix {
  readonly title: string;
  readonly edits: readonly FileEdit[];
}

export type LintCode =
  | 'picture-without-caption'
  | 'caption-without-picture'
  | 'empty-caption'
  | 'two-captions'
  | 'caption-too-long'
  | 'duplicate-caption'
  | 'likely-typo'
  | 'near-duplicate-pictures'
  | 'unreadable-picture'
  | 'tiny-picture'
  | 'extreme-aspect'
  | 'unsupported-file'
  | 'outside-folder'
  | 'unreadable-caption'
  | 'metadata-line';

/** One remark. `message` is one line; `related` are other places it speaks of. */
export interface Lint {
  readonly code: LintCode;
  readonly severity: Severity;
  readonly message: string;
  readonly where: Place;
  readonly related?: readonly Place[];
  readonly fix?: DatasetFix;
}
