import { EventEmitter, type Disposable } from 'vscode';

/**
 * The four pictures of the last "Generate 4" of each block, by path. They lie in `.easel/history/`, so forgetting them
 * here loses nothing.
 */
export class Candidates implements Disposable {
  private readonly paths = new Map<string, readonly string[]>();
  private readonly changed = new EventEmitter<string>();
  /** The value is the document's URI. */
  readonly onDidChange = this.changed.event;

  of(uri: string, block: string): readonly string[] {
    return this.paths.get(`${uri}\n${block}`) ?? [];
  }

  set(uri: string, block: string, paths: readonly string[]): void {
    if (paths.length > 0) this.paths.set(`${uri}\n${block}`, paths);
    else this.paths.delete(`${uri}\n${block}`);
    this.changed.fire(uri);
  }

  dispose(): void {
    this.changed.dispose();
  }
}
