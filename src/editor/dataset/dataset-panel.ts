import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Position, Selection, Uri, commands, env, l10n, window, workspace, type Disposable, type LogOutputChannel, type WebviewPanel } from 'vscode';
import { formatCounts, type DatasetEntry } from '../../dataset';
import { DatasetToHost, parseMessage, type DatasetCell, type DatasetFilter, type HostToDataset } from '../../messages';
import { panelHtml } from '../panel/panel-html';
import type { Thumbnails } from '../thumbnails';
import { datasetLabels } from './dataset-labels';
import { viewDataset, type DatasetView } from './dataset-view';
import { FileEdits } from './file-edits';
import type { DatasetUse } from './live-datasets';
import { ThumbnailQueue, type WantedThumbnail } from './thumbnail-queue';

/** A picture file up to this size is loaded as it is; dozens of larger ones would be slow, so they are made small first. */
const SHOWN_AS_IS = 96 * 1024;
/** Remarks of one picture that its cell lists. */
const REMARKS_AT_MOST = 20;

interface Parts {
  extensionUri: Uri;
  thumbnails: Thumbnails;
  log: LogOutputChannel;
}

/** One dataset in one panel. The page holds what is on the screen; whatever else there is stays here. */
export class DatasetPanel implements Disposable {
  private readonly subscriptions: Disposable[];
  private readonly edits: FileEdits;
  private filter: DatasetFilter;
  private view: DatasetView | undefined;
  private viewing: AbortController | undefined;
  private version = 0;
  private look = { from: 0, count: 0 };
  private announcement = '';
  /** Pictures by the ids that the page knows, and the reverse. */
  private readonly pictures: string[] = [];
  private readonly ids = new Map<string, number>();
  private readonly queue: ThumbnailQueue;
  private isDisposed = false;

  constructor(
    readonly panel: WebviewPanel,
    private readonly use: DatasetUse,
    filter: DatasetFilter | undefined,
    private readonly parts: Parts,
  ) {
    this.filter = filter ?? { text: '', show: 'all' };
    const { live } = use;
    this.edits = new FileEdits(live);
    this.queue = new ThumbnailQueue(parts.thumbnails, (id, picture) => this.post({ type: 'thumbnail', id, picture }));
    panel.title = l10n.t('Dataset: {0}', basename(live.folder));
    panel.iconPath = { light: Uri.joinPath(parts.extensionUri, 'media/t2i-light.svg'), dark: Uri.joinPath(parts.extensionUri, 'media/t2i-dark.svg') };
    this.subscriptions = [
      use,
      live.onDidChange((what) => (what === 'work' ? this.sendState() : void this.refresh())),
      panel.webview.onDidReceiveMessage((message: unknown) => {
        const request = parseMessage(DatasetToHost, message, (reason) => parts.log.warn(`dataset message refused: ${reason}`));
        if (request) this.answer(request).catch((error: unknown) => this.fail(error));
      }),
      panel.onDidChangeViewState(() => panel.visible && this.sendState()),
      panel.onDidDispose(() => this.dispose()),
      workspace.onDidSaveTextDocument(({ uri }) => live.fileOf(uri) !== undefined && void this.sendWindow()),
      workspace.onDidGrantWorkspaceTrust(() => void this.sendWindow()),
    ];
    const bundle = Uri.joinPath(parts.extensionUri, 'dist', 'webview');
    panel.webview.options = { enableScripts: true, enableForms: false, localResourceRoots: [bundle, Uri.file(live.folder)] };
    panel.webview.html = panelHtml({ cspSource: panel.webview.cspSource, script: panel.webview.asWebviewUri(Uri.joinPath(bundle, 'dataset.js')).toString(), language: env.language });
    void this.refresh();
  }

  /** Shows the pictures that match, as if it had been typed into the search box. */
  search(text: string): void {
    this.filter = { text, show: 'all' };
    void this.refresh();
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.viewing?.abort();
    this.subscriptions.forEach((one) => one.dispose());
    this.panel.dispose();
  }

  /** Filters anew; the page keeps what it shows until that is done. */
  private async refresh(): Promise<void> {
    const { dataset, lints } = this.use.live;
    this.viewing?.abort();
    if (!dataset) return this.sendState();
    const { signal } = (this.viewing = new AbortController());
    const view = await viewDataset(dataset, lints, this.filter, signal).catch(() => undefined);
    if (!view || signal.aborted || this.isDisposed) return;
    this.view = view;
    this.version += 1;
    this.sendState();
  }

  private sendState(): void {
    const { live } = this.use;
    const { work, dataset } = live;
    this.post({
      type: 'state',
      state: {
        memory: { folder: live.folder, filter: this.filter },
        title: workspace.asRelativePath(live.folder),
        counts: dataset ? formatCounts(dataset.counts) : null,
        numbers: this.view?.numbers ?? null,
        total: this.view?.shown.length ?? 0,
        version: this.version,
        progress: work ? { label: work.label, done: work.done, total: work.total } : null,
        problem: live.problem ?? null,
        canUndo: this.edits.canUndo,
        canCheck: workspace.isTrusted && live.isLarge && !live.arePicturesChecked && !work,
        announcement: this.announcement,
      },
    });
  }

  private async sendWindow(): Promise<void> {
    const { version, view } = this;
    if (!view) return;
    const { from, count } = this.look;
    const entries = view.shown.slice(from, from + count);
    const wanted: WantedThumbnail[] = [];
    const cells = await Promise.all(entries.map((entry) => this.cell(entry, view, wanted)));
    // Closed, scrolled on or filtered anew while files were looked at: that has its own answer.
    if (this.isDisposed || version !== this.version || from !== this.look.from) return;
    this.post({ type: 'window', version, from, cells });
    this.queue.want(wanted);
  }

  private async cell({ picture, caption, source }: DatasetEntry, { remarks }: DatasetView, wanted: WantedThumbnail[]): Promise<DatasetCell> {
    const { live } = this.use;
    const id = this.ids.get(picture) ?? this.pictures.push(picture) - 1;
    this.ids.set(picture, id);
    const path = join(live.folder, picture);
    const facts = await stat(path).catch(() => undefined);
    // In Restricted Mode no process is started to make it small; the page decodes it in its own sandbox.
    const isAsItIs = facts !== undefined && (facts.size <= SHOWN_AS_IS || !workspace.isTrusted);
    if (facts && !isAsItIs) wanted.push({ id, path });
    const uri = source && live.uriOf(source.file).toString();
    return {
      id,
      name: picture,
      uri: isAsItIs && !this.isDisposed ? this.panel.webview.asWebviewUri(Uri.file(path)).with({ query: `version=${facts.mtimeMs}` }).toString() : null,
      caption: caption ?? '',
      source: source ? (source.kind === 'jsonl' ? l10n.t('{0}, line {1}', source.file, source.from.line + 1) : source.file) : null,
      dirty: uri !== null && workspace.textDocuments.some((document) => document.isDirty && document.uri.toString() === uri),
      remarks: (remarks.get(picture) ?? []).slice(0, REMARKS_AT_MOST).map(({ severity, message, fix }) => ({ severity, message, fix: fix?.edits.length ? fix.title : null })),
    };
  }

  private post(message: HostToDataset): void {
    if (!this.isDisposed) void this.panel.webview.postMessage(message);
  }

  private fail(error: unknown): void {
    void window.showErrorMessage(error instanceof Error ? error.message : String(error));
    void this.sendWindow();
  }

  private async answer(request: DatasetToHost): Promise<void> {
    const { live } = this.use;
    switch (request.type) {
      case 'ready':
        this.post({ type: 'labels', labels: datasetLabels() });
        return this.sendState();
      case 'look':
        this.look = { from: request.from, count: request.count };
        return this.sendWindow();
      case 'filter':
        this.filter = request.filter;
        return this.refresh();
      case 'undo':
        await this.edits.undo();
        return this.told(l10n.t('The last change was taken back'));
      case 'check-pictures':
        live.checkPictures();
        return this.sendState();
      case 'train':
        return void (await commands.executeCommand('easel.trainSoftTokens', Uri.file(live.folder)));
    }
    const picture = this.pictures[request.id];
    if (picture === undefined) return;
    await live.settled();
    const entry = live.dataset?.entries.find((one) => one.picture === picture);
    if (!entry) return;
    switch (request.type) {
      case 'caption':
        await this.edits.setCaption(entry, request.caption);
        return this.told(l10n.t('Caption of {0} changed', picture));
      case 'fix': {
        const fix = this.view?.remarks.get(picture)?.[request.remark]?.fix;
        if (!fix) return;
        await this.edits.fix(fix.edits);
        return this.told(`${fix.title}: ${picture}`);
      }
      case 'open-picture':
        return void (await commands.executeCommand('vscode.open', live.uriOf(picture)));
      case 'open-caption': {
        if (!entry.source) return;
        const { line, character } = entry.source.from;
        const document = await workspace.openTextDocument(live.uriOf(entry.source.file));
        const shown = await window.showTextDocument(document);
        const place = document.validatePosition(new Position(line, character));
        shown.selection = new Selection(place, place);
        shown.revealRange(shown.selection);
      }
    }
  }

  private async told(announcement: string): Promise<void> {
    this.announcement = announcement;
    await this.use.live.settled();
    this.sendState();
  }
}
