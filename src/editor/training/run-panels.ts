import { basename, resolve } from 'node:path';
import { Uri, ViewColumn, env, l10n, window, workspace, type Disposable, type ExtensionContext, type LogOutputChannel, type WebviewPanel } from 'vscode';
import { RunState, RunToHost, parseMessage, type HostToRun, type RunAction } from '../../messages';
import { panelHtml } from '../panel/panel-html';
import { runLabels } from './run-labels';
import { runState } from './run-state';
import type { Run } from './run';
import type { Runs } from './runs';

/** Milliseconds after which a run that another process seems to make is looked at again. */
const LOOK_AGAIN = 3_000;

interface Parts {
  extensionUri: Uri;
  runs: Runs;
  log: LogOutputChannel;
  /** Does what a button of the page asks for; rejects with one line to show. */
  act: (run: Run, action: RunAction) => Promise<void>;
}

/** The panels of training runs, one for each run. What they show lies in the run's folder, so they come back with the window. */
export class RunPanels implements Disposable {
  private readonly shown = new Map<string, { panel: WebviewPanel; run: Run; announcement: string; again?: NodeJS.Timeout }>();

  constructor(private readonly parts: Parts) {}

  register(context: ExtensionContext): void {
    const { runs } = this.parts;
    context.subscriptions.push(
      this,
      runs.onDidChange((run) => this.send(run.folder)),
      runs.onDidEnd(({ run, message }) => {
        const shown = this.shown.get(run.folder);
        if (shown) shown.announcement = message;
      }),
    );
  }

  async open(run: Run): Promise<void> {
    const known = this.shown.get(run.folder);
    if (known) return known.panel.reveal();
    this.adopt(window.createWebviewPanel('easel.run', titleOf(run), ViewColumn.Active), run);
  }

  /** Takes over a panel that came back with the window; `memory` is what the page kept. */
  async restore(panel: WebviewPanel, memory: unknown): Promise<void> {
    const known = parseMessage(RunState.shape.memory, memory, (reason) => this.parts.log.warn(`run state refused: ${reason}`));
    // Only runs of this workspace: a page must not make us read other folders. VS Code looks at the parts of a path alone: `..` could lead out.
    const isHere = known && resolve(known.run) === known.run && workspace.getWorkspaceFolder(Uri.file(known.run)) !== undefined;
    if (!known || !isHere) return panel.dispose();
    const run = await this.parts.runs.at(known.run);
    // It may have been opened while it was read.
    if (this.shown.has(run.folder)) return panel.dispose();
    this.adopt(panel, run);
  }

  dispose(): void {
    for (const { panel } of [...this.shown.values()]) panel.dispose();
  }

  private adopt(panel: WebviewPanel, run: Run): void {
    const { extensionUri, runs, log, act } = this.parts;
    this.shown.set(run.folder, { panel, run, announcement: '' });
    panel.iconPath = { light: Uri.joinPath(extensionUri, 'media/t2i-light.svg'), dark: Uri.joinPath(extensionUri, 'media/t2i-dark.svg') };
    const subscriptions = [
      runs.watch(run),
      panel.webview.onDidReceiveMessage((message: unknown) => {
        const request = parseMessage(RunToHost, message, (reason) => log.warn(`run message refused: ${reason}`));
        if (request?.type === 'ready') this.post(panel, { type: 'labels', labels: runLabels() });
        if (request?.type === 'ready') return this.send(run.folder);
        if (request) act(run, request.action).catch((error: unknown) => void window.showErrorMessage(error instanceof Error ? error.message : String(error)));
      }),
      panel.onDidChangeViewState(() => panel.visible && this.send(run.folder)),
    ];
    panel.onDidDispose(() => {
      clearTimeout(this.shown.get(run.folder)?.again);
      this.shown.delete(run.folder);
      subscriptions.forEach((one) => one.dispose());
    });
    const bundle = Uri.joinPath(extensionUri, 'dist', 'webview');
    const { webview } = panel;
    webview.options = { enableScripts: true, enableForms: false, localResourceRoots: [bundle, Uri.file(run.folder)] };
    webview.html = panelHtml({ cspSource: webview.cspSource, script: webview.asWebviewUri(Uri.joinPath(bundle, 'run.js')).toString(), language: env.language });
  }

  private send(folder: string): void {
    const shown = this.shown.get(folder);
    if (!shown) return;
    shown.panel.title = titleOf(shown.run);
    if (!shown.panel.visible) return;
    // Whether somebody else still makes it is told by time alone.
    clearTimeout(shown.again);
    if (shown.run.phase === 'elsewhere') shown.again = setTimeout(() => this.send(folder), LOOK_AGAIN);
    this.post(shown.panel, { type: 'state', state: runState(shown.panel.webview, shown.run, shown.announcement) });
  }

  private post(panel: WebviewPanel, message: HostToRun): void {
    void panel.webview.postMessage(message);
  }
}

function titleOf({ request, log, folder }: Run): string {
  return l10n.t('Run: {0}', request?.name ?? log.started?.name ?? basename(folder));
}
