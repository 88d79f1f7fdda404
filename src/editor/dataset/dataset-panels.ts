import { Uri, ViewColumn, l10n, window, type Disposable, type LogOutputChannel, type WebviewPanel } from 'vscode';
import { DatasetState, parseMessage, type DatasetFilter } from '../../messages';
import { toDiskPath } from '../disk-path';
import type { Thumbnails } from '../thumbnails';
import { chooseDataset } from './choose-dataset';
import { DatasetPanel } from './dataset-panel';
import type { LiveDatasets } from './live-datasets';

interface Parts {
  extensionUri: Uri;
  datasets: LiveDatasets;
  thumbnails: Thumbnails;
  log: LogOutputChannel;
}

/** The dataset panels, one for each folder. */
export class DatasetPanels implements Disposable {
  private readonly shown = new Map<string, DatasetPanel>();

  constructor(private readonly parts: Parts) {}

  /** Opens the panel of a folder (a `Uri`, or its text as in a link), or asks which folder; with `picture`, at that picture. */
  async open(folder?: unknown, picture?: unknown): Promise<void> {
    const uri = folder instanceof Uri ? folder : typeof folder === 'string' ? Uri.parse(folder) : await chooseDataset();
    if (!uri) return;
    const path = toDiskPath(uri)?.replace(/[/\\]\.?$/, '');
    if (path === undefined) return void window.showInformationMessage(l10n.t('A dataset is a folder on this machine\'s disk. Copy it there first.'));
    await this.parts.datasets.remember(path);
    const known = this.shown.get(path) ?? this.adopt(window.createWebviewPanel('easel.dataset', '', ViewColumn.Active), path, undefined);
    known.panel.reveal();
    if (typeof picture === 'string') known.search(picture);
  }

  /** Takes over a panel that came back with the window; `memory` is what the page kept. */
  async restore(panel: WebviewPanel, memory: unknown): Promise<void> {
    const known = parseMessage(DatasetState.shape.memory, memory, (reason) => this.parts.log.warn(`dataset state refused: ${reason}`));
    if (!known || !this.parts.datasets.mayRestore(known.folder) || this.shown.has(known.folder)) return panel.dispose();
    this.adopt(panel, known.folder, known.filter);
  }

  dispose(): void {
    for (const panel of [...this.shown.values()]) panel.dispose();
  }

  private adopt(panel: WebviewPanel, folder: string, filter: DatasetFilter | undefined): DatasetPanel {
    const { datasets, ...parts } = this.parts;
    const adopted = new DatasetPanel(panel, datasets.use(folder), filter, parts);
    this.shown.set(folder, adopted);
    panel.onDidDispose(() => this.shown.delete(folder));
    return adopted;
  }
}
