import { EventEmitter, type Disposable, type Memento } from 'vscode';
import { z } from 'zod';
import { readShownPicture, type ShownPicture } from './picture-states';

const KEPT_AS = 'easel.candidates';
/** Blocks whose candidates are remembered over a restart; the oldest are forgotten first. */
const REMEMBERED = 50;
const Kept = z.array(z.tuple([z.string(), z.array(z.string())]));

/**
 * The four pictures of the last "Generate 4" of each block. They lie in `.easel/history/`, so forgetting them here loses
 * nothing; their paths are kept with the workspace, so that they come back with the panel.
 */
export class Candidates implements Disposable {
  private readonly pictures = new Map<string, readonly ShownPicture[]>();
  private readonly changed = new EventEmitter<string>();
  /** The value is the document's URI. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly memory: Memento) {
    void this.remember();
  }

  of(uri: string, block: string): readonly ShownPicture[] {
    return this.pictures.get(key(uri, block)) ?? [];
  }

  /** Replaces a block's candidates; files that cannot be read are left out. */
  async set(uri: string, block: string, paths: readonly string[]): Promise<void> {
    if (paths.length === 0 && !this.pictures.has(key(uri, block))) return;
    this.pictures.delete(key(uri, block));
    const found = await read(paths);
    if (found.length > 0) this.pictures.set(key(uri, block), found);
    const kept = [...this.pictures].slice(-REMEMBERED).map(([name, pictures]) => [name, pictures.map(({ path }) => path)]);
    await this.memory.update(KEPT_AS, kept);
    this.changed.fire(uri);
  }

  dispose(): void {
    this.changed.dispose();
  }

  private async remember(): Promise<void> {
    const kept = Kept.safeParse(this.memory.get(KEPT_AS));
    for (const [name, paths] of kept.data ?? []) {
      const found = await read(paths);
      if (found.length === 0 || this.pictures.has(name)) continue;
      this.pictures.set(name, found);
      this.changed.fire(name.slice(0, name.indexOf('\n')));
    }
  }
}

async function read(paths: readonly string[]): Promise<ShownPicture[]> {
  return (await Promise.all(paths.map(readShownPicture))).filter((picture) => picture !== undefined);
}

function key(uri: string, block: string): string {
  return `${uri}\n${block}`;
}
