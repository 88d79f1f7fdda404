import { EventEmitter, type Disposable, type Memento } from 'vscode';
import { z } from 'zod';
import type { BlockIdentities, BlockIdentity } from './block-identity';
import { readShownPicture, type ShownPicture } from './picture-states';

const KEPT_AS = 'easel.candidates';
/** Blocks whose candidates are remembered over a restart; the oldest are forgotten first. */
const REMEMBERED = 50;
/** URI, name and number of a block, one a line, and the paths. */
const Kept = z.array(z.tuple([z.string(), z.array(z.string())]));

/**
 * The four pictures of the last "Generate 4" of each block. They lie in `.easel/history/`, so forgetting them here loses
 * nothing; their paths are kept with the workspace, so that they come back with the panel.
 */
export class Candidates implements Disposable {
  private readonly pictures = new Map<BlockIdentity, readonly ShownPicture[]>();
  private written = '[]';
  private readonly remembering: Promise<void>;
  private readonly changed = new EventEmitter<string>();
  /** The value is the document's URI. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly memory: Memento,
    private readonly identities: BlockIdentities,
  ) {
    this.remembering = this.remember();
  }

  of(block: BlockIdentity): readonly ShownPicture[] {
    return this.pictures.get(block) ?? [];
  }

  /** Replaces a block's candidates; files that cannot be read are left out. */
  async set(block: BlockIdentity, paths: readonly string[]): Promise<void> {
    await this.remembering;
    if (paths.length === 0 && !this.pictures.has(block)) return;
    this.pictures.delete(block);
    const found = await read(paths);
    if (found.length > 0) this.pictures.set(block, found);
    await this.keep();
    this.changed.fire(block.uri);
  }

  /** Writes down what there is, under the names that blocks have now. */
  async keep(): Promise<void> {
    await this.remembering; // or those of the last window would be forgotten
    const kept = [...this.pictures].slice(-REMEMBERED).map(([{ uri, name, nth }, pictures]) => [`${uri}\n${name}\n${nth}`, pictures.map(({ path }) => path)]);
    const now = JSON.stringify(kept);
    if (now === this.written) return;
    this.written = now;
    await this.memory.update(KEPT_AS, kept);
  }

  dispose(): void {
    this.changed.dispose();
  }

  private async remember(): Promise<void> {
    const kept = Kept.safeParse(this.memory.get(KEPT_AS));
    for (const [id, paths] of kept.data ?? []) {
      const [uri = '', name = '', nth] = id.split('\n');
      const block = this.identities.named(uri, name, Number(nth ?? 0));
      const found = await read(paths);
      if (found.length === 0 || this.pictures.has(block)) continue;
      this.pictures.set(block, found);
      this.changed.fire(uri);
    }
  }
}

async function read(paths: readonly string[]): Promise<ShownPicture[]> {
  return (await Promise.all(paths.map(readShownPicture))).filter((picture) => picture !== undefined);
}
