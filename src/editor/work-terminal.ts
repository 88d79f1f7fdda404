import { EventEmitter, type Pseudoterminal } from 'vscode';

/** A terminal that shows lines as they come and ends with an exit code; closing it cancels. */
export class WorkTerminal implements Pseudoterminal {
  private readonly written = new EventEmitter<string>();
  private readonly ended = new EventEmitter<number>();
  private readonly controller = new AbortController();
  readonly onDidWrite = this.written.event;
  readonly onDidClose = this.ended.event;

  constructor(private readonly work: (print: (line: string) => void, signal: AbortSignal) => Promise<number>) {}

  open(): void {
    const print = (line: string) => this.written.fire(`${line}\r\n`);
    this.work(print, this.controller.signal).then(
      (code) => this.ended.fire(code),
      (error: unknown) => {
        print(error instanceof Error ? error.message : String(error));
        this.ended.fire(3);
      },
    );
  }

  close(): void {
    this.controller.abort();
  }
}
