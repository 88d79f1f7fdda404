import { dirname, join, relative, resolve, sep } from 'node:path';
import { EventEmitter, Uri, workspace, type Disposable, type LogOutputChannel, type Memento, type TextDocument } from 'vscode';
import { z } from 'zod';
import { toDiskPath } from '../disk-path';
import { captionLimit, type CaptionLimit } from './caption-limit';
import { LiveDataset } from './live-dataset';
import { PictureInfos } from './picture-infos';

const KEPT_AS = 'easel.datasets';
/** Folders remembered over a restart; the oldest are forgotten first. */
const REMEMBERED = 50;

/** A dataset in use; it is kept up to date until every use of it is disposed. */
export interface DatasetUse extends Disposable {
  readonly live: LiveDataset;
}

/** The datasets that a panel or an open caption file uses, each read once. */
export class LiveDatasets implements Disposable {
  private readonly used = new Map<string, { live: LiveDataset; users: number }>();
  private readonly infos: PictureInfos;
  private limit: Promise<CaptionLimit | undefined> | undefined;
  private readonly changed = new EventEmitter<LiveDataset>();
  /** A dataset, or what there is to say of it, has changed. */
  readonly onDidChange = this.changed.event;
  private readonly left = new EventEmitter<LiveDataset>();
  /** Nobody uses it any more. */
  readonly onDidLeave = this.left.event;

  private readonly opened = new EventEmitter<void>();
  /** A folder was opened as a dataset: files inside it belong to it from now on. */
  readonly onDidRemember = this.opened.event;

  constructor(
    helperPath: string,
    private readonly memory: Memento,
    private readonly log: LogOutputChannel,
  ) {
    this.infos = new PictureInfos(helperPath);
  }

  use(folder: string): DatasetUse {
    const known = this.used.get(folder) ?? { live: this.make(folder), users: 0 };
    this.used.set(folder, known);
    known.users += 1;
    let isUsed = true;
    return {
      live: known.live,
      dispose: () => {
        if (!isUsed) return;
        isUsed = false;
        known.users -= 1;
        if (known.users > 0) return;
        this.used.delete(folder);
        this.left.fire(known.live);
        known.live.dispose();
      },
    };
  }

  all(): LiveDataset[] {
    return [...this.used.values()].map(({ live }) => live);
  }

  /** The dataset in use that holds a file, the innermost. */
  holding(uri: Uri): LiveDataset | undefined {
    return this.all().filter((live) => live.fileOf(uri) !== undefined).sort((a, b) => b.folder.length - a.folder.length)[0];
  }

  /** The folder that a caption file is taken to belong to: one that was opened as a dataset before, else the file's own. */
  folderOf(document: TextDocument): string | undefined {
    const path = toDiskPath(document.uri);
    if (path === undefined) return undefined;
    return this.remembered().filter((folder) => isBelow(path, folder)).sort((a, b) => b.length - a.length)[0] ?? dirname(path);
  }

  /** A panel's memory may name a folder only if a person has opened it, or the workspace holds it. */
  mayRestore(folder: string): boolean {
    // VS Code looks at the parts of a path alone: `..` could lead out again.
    return this.remembered().includes(folder) || (resolve(folder) === folder && workspace.getWorkspaceFolder(Uri.file(folder)) !== undefined);
  }

  async remember(folder: string): Promise<void> {
    await this.memory.update(KEPT_AS, [...this.remembered().filter((known) => known !== folder), folder].slice(-REMEMBERED));
    this.opened.fire();
  }

  dispose(): void {
    for (const { live } of this.used.values()) live.dispose();
    this.used.clear();
    this.infos.dispose();
    this.changed.dispose();
    this.left.dispose();
    this.opened.dispose();
  }

  private remembered(): string[] {
    return z.array(z.string()).safeParse(this.memory.get(KEPT_AS)).data ?? [];
  }

  private make(folder: string): LiveDataset {
    const live = new LiveDataset(folder, this.infos, () => this.captionLimit(), this.log);
    live.onDidChange((what) => what !== 'work' && this.changed.fire(live));
    return live;
  }

  /** Of the model that trains unless another is said; without one nothing is too long. */
  private captionLimit(): Promise<CaptionLimit | undefined> {
    return (this.limit ??= captionLimit().catch((error: unknown) => {
      this.limit = undefined; // it may be mended by the next time it is asked for
      this.log.warn(`the limit of captions: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }));
  }
}

function isBelow(path: string, folder: string): boolean {
  const below = relative(folder, path);
  return below !== '' && !below.startsWith('..') && !below.startsWith(sep) && join(folder, below) === path;
}
