import { EventEmitter, type Command, type Disposable } from 'vscode';

/** What goes on in the background, in one line for the status bar. */
export interface Background {
  /** Id of a codicon. */
  readonly icon: string;
  readonly text: string;
  readonly tooltip: string;
  readonly command: Command | string;
}

/** Where long work says how it goes, whichever part of the editor does it; the status item shows it while nothing is drawn. */
export class BackgroundWork implements Disposable {
  current: Background | undefined;
  private readonly changed = new EventEmitter<void>();
  readonly onDidChange = this.changed.event;

  show(work: Background | undefined): void {
    if (!work && !this.current) return;
    this.current = work;
    this.changed.fire();
  }

  dispose(): void {
    this.changed.dispose();
  }
}
