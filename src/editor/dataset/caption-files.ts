import { EventEmitter, workspace, type Disposable, type TextDocument } from 'vscode';
import { withCaptionLines, type CaptionLine } from './caption-lines';
import { captionsPictures, mayHoldCaptions } from './caption-document';
import type { LiveDataset } from './live-dataset';
import type { DatasetUse, LiveDatasets } from './live-datasets';

/** An open caption file: the dataset it belongs to, and what its lines caption. */
export interface CaptionFileView {
  readonly live: LiveDataset;
  readonly lines: readonly CaptionLine[];
}

/** The caption files that are open in editors. Each keeps its dataset in use, so that it has lenses, pictures and remarks. */
export class CaptionFiles implements Disposable {
  private readonly uses = new Map<TextDocument, DatasetUse>();
  private readonly changed = new EventEmitter<void>();
  /** A file was found to hold captions, or its dataset has changed. */
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: Disposable[];
  private isDisposed = false;

  constructor(private readonly datasets: LiveDatasets) {
    this.subscriptions = [
      this.changed,
      datasets.onDidChange(() => this.changed.fire()),
      datasets.onDidRemember(() => this.move()),
      workspace.onDidOpenTextDocument((document) => void this.adopt(document)),
      workspace.onDidCloseTextDocument((document) => this.leave(document)),
    ];
    workspace.textDocuments.forEach((document) => void this.adopt(document));
  }

  /** `undefined` for what is no caption file, and while its dataset is read for the first time. */
  get(document: TextDocument): CaptionFileView | undefined {
    const live = this.uses.get(document)?.live;
    const file = live?.fileOf(document.uri);
    return live?.dataset && file !== undefined ? { live, lines: withCaptionLines(live.dataset, live.lints, file) } : undefined;
  }

  dispose(): void {
    this.isDisposed = true;
    for (const use of this.uses.values()) use.dispose();
    this.subscriptions.forEach((one) => one.dispose());
  }

  private async adopt(document: TextDocument): Promise<void> {
    if (!mayHoldCaptions(document) || !(await captionsPictures(document)) || this.isDisposed || document.isClosed || this.uses.has(document)) return;
    const folder = this.datasets.folderOf(document);
    if (folder === undefined) return;
    this.uses.set(document, this.datasets.use(folder));
    this.changed.fire();
  }

  /** Files whose dataset is now a larger one, or a smaller. */
  private move(): void {
    for (const [document, use] of this.uses) {
      const folder = this.datasets.folderOf(document);
      if (folder === undefined || folder === use.live.folder) continue;
      this.uses.set(document, this.datasets.use(folder));
      use.dispose();
    }
    this.changed.fire();
  }

  private leave(document: TextDocument): void {
    this.uses.get(document)?.dispose();
    this.uses.delete(document);
  }
}
