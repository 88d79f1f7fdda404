/** What a command may touch of the process: tests give their own. */

export interface Io {
  /** A line of a result. */
  out(line: string): void;
  /** A line of progress, a remark or a failure. */
  err(line: string): void;
  /** Replaces the terminal's last status line; does nothing where stderr is no terminal. `''` clears it. */
  status(text: string): void;
  /** Whether somebody sees `status`. */
  readonly terminal?: boolean;
  /** Aborts when the person presses Ctrl-C. */
  readonly signal: AbortSignal;
  /** Absolute. */
  readonly cwd: string;
}

/** Exit codes of every command (design.md, Command line). */
export const EXIT = { done: 0, no: 1, wrongUse: 2, failed: 3 } as const;
/** What a shell says of a program that SIGPIPE ended. */
export const READER_GONE = 128 + 13;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A failure with its exit code; the message is one line: what, where, what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';
  constructor(
    readonly exitCode: ExitCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The process's own streams. The first Ctrl-C asks for an end; a second one takes it. */
export function processIo(): Io {
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  process.once('SIGTERM', () => interrupted.abort());
  // `easel … | head`: the reader has gone. Not 0: `check` would have said yes without having looked at everything.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? READER_GONE : EXIT.failed));
  let statusShown = false;
  const status = (text: string) => {
    if (!process.stderr.isTTY || (text === '' && !statusShown)) return;
    process.stderr.write(`\r\u001b[K${text.slice(0, Math.max(0, process.stderr.columns - 1))}`);
    statusShown = text !== '';
  };
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => {
      status('');
      process.stderr.write(`${line}\n`);
    },
    status,
    terminal: process.stderr.isTTY,
    signal: interrupted.signal,
    cwd: process.cwd(),
  };
}

/** An error as one line; the stack of what should not have happened is a developer's to ask for. */
export function oneLine(error: unknown): string {
  if (process.env['EASEL_DEBUG'] && error instanceof Error && error.stack) return error.stack;
  return (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ');
}
