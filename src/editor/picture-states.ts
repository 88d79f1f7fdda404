import { readFile, stat } from 'node:fs/promises';
import type { Disposable} from 'vscode';
import { EventEmitter, workspace, type ExtensionContext, type LogOutputChannel, type TextDocument } from 'vscode';
import { blockState, type BlockState } from '../freshness';
import { readPictureMetadata } from '../image/metadata';
import type { Block } from '../prompt';
import type { DiskContexts, FoundContext } from './disk-contexts';
import type { PromptFiles } from './prompt-files';

/** A picture file as it may be shown. */
export interface ShownPicture {
  path: string;
  /** Changes with the file: milliseconds of its last change. */
  version: number;
  infotext: string | null;
  seed: string | null;
}

/** What lens, panel and gutter say of a block. */
export interface BlockStatus {
  state: BlockState['state'];
  modelVerified: boolean;
  reasons: readonly string[];
  /** Those of the block's pictures that exist. */
  pictures: readonly ShownPicture[];
}

/** How long changes of picture files are gathered before states are computed again, in milliseconds. */
const SETTLE = 100;

/** The state of every block of the open prompt files, kept up to date as files and pictures change. */
export class PictureStates implements Disposable {
  private readonly known = new WeakMap<TextDocument, Map<string, BlockStatus>>();
  private readonly turns = new WeakMap<TextDocument, number>();
  private readonly changed = new EventEmitter<TextDocument>();
  readonly onDidChange = this.changed.event;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly files: PromptFiles,
    private readonly contexts: DiskContexts,
    private readonly log: LogOutputChannel,
  ) {}

  register(context: ExtensionContext): void {
    const refresh = (document: TextDocument) => void this.refresh(document);
    const later = () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.files.open().forEach(refresh), SETTLE);
    };
    const pictures = workspace.createFileSystemWatcher('**/*.png');
    context.subscriptions.push(
      this,
      pictures,
      pictures.onDidChange(later),
      pictures.onDidCreate(later),
      pictures.onDidDelete(later),
      this.files.onDidSettle(refresh),
      this.contexts.onDidChange(refresh),
    );
    this.files.open().forEach(refresh);
  }

  /** What is known now; `undefined` while the files are being read for the first time. */
  get(document: TextDocument, block: Block): BlockStatus | undefined {
    return this.known.get(document)?.get(key(block));
  }

  /** Reads the pictures of a document again and tells who listens. Never rejects: what cannot be read is `unknown`. */
  async refresh(document: TextDocument): Promise<void> {
    const turn = (this.turns.get(document) ?? 0) + 1;
    this.turns.set(document, turn);
    const statuses = new Map<string, BlockStatus>();
    try {
      const found = await this.contexts.get(document);
      for (const block of found?.prompt.blocks ?? []) if (found) statuses.set(key(block), await statusOf(found, block));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.log.warn(`states of ${document.fileName}: ${reason}`);
      for (const block of this.files.parse(document)?.blocks ?? []) statuses.set(key(block), { state: 'unknown', modelVerified: true, reasons: [reason], pictures: [] });
    }
    // Typing or a picture has asked again meanwhile: its answer is newer.
    if (this.turns.get(document) !== turn || document.isClosed) return;
    this.known.set(document, statuses);
    this.changed.fire(document);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.changed.dispose();
  }
}

/** A picture file with its words; `undefined` when it is gone. */
export async function readShownPicture(path: string): Promise<ShownPicture | undefined> {
  try {
    const [facts, bytes] = await Promise.all([stat(path), readFile(path)]);
    const { infotext, easel } = readPictureMetadata(bytes);
    return { path, version: facts.mtimeMs, infotext, seed: easel?.request.seed ?? null };
  } catch {
    return undefined;
  }
}

async function statusOf({ prompt, context }: FoundContext, block: Block): Promise<BlockStatus> {
  const { state, reasons, modelVerified, paths } = await blockState(prompt, block, context);
  const pictures = await Promise.all(paths.map(readShownPicture));
  return { state, reasons, modelVerified, pictures: pictures.filter((picture) => picture !== undefined) };
}

/** Two blocks of one name are two blocks. */
function key({ name, index }: Block): string {
  return `${index}\n${name}`;
}
