/** A half-open range of UTF-16 offsets into the text as it was given to `parse` (before NFC, BOM and CRLF are dealt with). */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** `error` keeps the block from being drawn; `hint` is a remark that needs no answer. */
export type Severity = 'error' | 'warning' | 'information' | 'hint';

/** An edit that would settle a diagnostic. */
export interface Fix {
  readonly title: string;
  readonly span: Span;
  readonly newText: string;
}

/** Something to tell about a prompt file. `code` is stable and kebab-case; `message` is one line. */
export interface Diagnostic {
  readonly span: Span;
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly fix?: Fix;
}

/** True if any of the diagnostics keeps a block from being drawn. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}

/** Text quoted from a file in a message: one line, cut at 60 characters. */
export function quoted(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return `“${line.length > 60 ? `${line.slice(0, 59)}…` : line}”`;
}
