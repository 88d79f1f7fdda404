import { dirname } from 'node:path';
import type { Disposable} from 'vscode';
import { Uri, ViewColumn, commands, env, l10n, window, workspace, type ExtensionContext, type LogOutputChannel, type TextDocument, type WebviewPanel } from 'vscode';
import type { HostToPanel} from '../../messages';
import { PanelState, PanelToHost, parseMessage } from '../../messages';
import type { Block } from '../../prompt';
import type { BlockIdentity } from '../block-identity';
import type { Candidates } from '../candidates';
import type { DiskContexts } from '../disk-contexts';
import { toDiskPath } from '../disk-path';
import type { Jobs } from '../jobs';
import type { PictureStates, ShownPicture } from '../picture-states';
import type { PromptFiles } from '../prompt-files';
import { useCandidate } from '../use-candidate';
import { panelError } from './panel-error';
import { panelHtml } from './panel-html';
import { panelLabels } from './panel-labels';
import { panelState } from './panel-state';

interface Parts {
  contexts: DiskContexts;
  files: PromptFiles;
  states: PictureStates;
  jobs: Jobs;
  candidates: Candidates;
  log: LogOutputChannel;
}

/**
 * The picture panel beside a prompt file. There is one; it shows the block the cursor is in, or the one that was just
 * asked for. It comes only when asked for, and comes back with the window.
 */
export class PicturePanel implements Disposable {
  private panel: WebviewPanel | undefined;
  private shown: BlockIdentity | undefined;
  private root: string | undefined;
  /** The files behind the ids of the last state the page was sent. */
  private pictures = new Map<string, ShownPicture>();
  private announcement = '';

  constructor(
    private readonly extensionUri: Uri,
    private readonly parts: Parts,
  ) {}

  register(context: ExtensionContext): void {
    const { states, jobs, candidates, files } = this.parts;
    const ofUri = (uri: string) => {
      if (uri === this.shown?.uri) this.send();
    };
    context.subscriptions.push(
      this,
      states.onDidChange((document) => ofUri(document.uri.toString())),
      files.onDidSettle((document) => ofUri(document.uri.toString())),
      jobs.onDidChange(ofUri),
      jobs.onDidEnd(({ uri, message }) => {
        if (uri === this.shown?.uri) this.announcement = message;
      }),
      jobs.onDidPreview(({ block, preview }) => {
        if (block === this.shown) {
          // A copy: VS Code sends plain typed arrays only, not a Buffer, and not the pool a small one lies in.
          this.post({ type: 'preview', mimeType: preview.mimeType, data: new Uint8Array(preview.data) });
        }
      }),
      candidates.onDidChange(ofUri),
      window.onDidChangeTextEditorSelection(({ textEditor, selections }) => {
        const block = selections[0] && files.blockAt(textEditor.document, selections[0].active);
        if (this.panel && block && textEditor === window.activeTextEditor) this.show(textEditor.document, block);
      }),
    );
  }

  /** Opens the panel beside the file, or turns the open one to this block. Focus stays where it is. */
  open(document: TextDocument, block: Block): void {
    const panel = this.panel ?? window.createWebviewPanel('easel.panel', l10n.t('Picture'), { viewColumn: ViewColumn.Beside, preserveFocus: true });
    if (!this.panel) this.adopt(panel);
    if (!panel.visible) panel.reveal(undefined, true);
    this.show(document, block);
  }

  isShowing(document: TextDocument, block: Block): boolean {
    return this.panel?.visible === true && this.shown === this.parts.files.identities.of(document, block);
  }

  dispose(): void {
    this.panel?.dispose();
  }

  private show(document: TextDocument, block: Block): void {
    const next = this.parts.files.identities.of(document, block);
    if (next === this.shown) return;
    this.shown = next;
    this.announcement = '';
    this.load(document);
    this.send();
  }

  /** Takes over a panel that came back with the window; `memory` is what the page kept. */
  async restore(panel: WebviewPanel, memory: unknown): Promise<void> {
    const known = parseMessage(PanelState.shape.memory, memory, (reason) => this.parts.log.warn(`panel state refused: ${reason}`));
    const document = known && (await workspace.openTextDocument(Uri.parse(known.uri)).then((opened) => opened, () => undefined));
    const { files } = this.parts;
    const blocks = document && files.parse(document)?.blocks;
    const block = document && (files.identities.find(blocks, files.identities.named(document.uri.toString(), known.block, known.nth)) ?? blocks?.[0]);
    // Its file or its last block has gone: nothing to come back to. Or another was opened before this one was looked at.
    if (!document || !block || this.panel) return panel.dispose();
    this.adopt(panel);
    this.show(document, block);
  }

  private adopt(panel: WebviewPanel): void {
    this.panel = panel;
    this.shown = this.root = undefined;
    panel.iconPath = { light: Uri.joinPath(this.extensionUri, 'media/t2i-light.svg'), dark: Uri.joinPath(this.extensionUri, 'media/t2i-dark.svg') };
    panel.webview.onDidReceiveMessage((message: unknown) => {
      const request = parseMessage(PanelToHost, message, (reason) => this.parts.log.warn(`panel message refused: ${reason}`));
      if (request) this.answer(request).catch((error: unknown) => void window.showErrorMessage(error instanceof Error ? error.message : String(error)));
    });
    panel.onDidChangeViewState(() => {
      if (panel.visible) this.send();
    });
    panel.onDidDispose(() => {
      if (this.panel !== panel) return;
      this.panel = this.shown = this.root = undefined;
      this.pictures.clear();
    });
  }

  /** The page may read the bundle's folder and the folder that holds this file's pictures, nothing else. */
  private load(document: TextDocument): void {
    const path = toDiskPath(document.uri);
    const root = workspace.getWorkspaceFolder(document.uri)?.uri ?? (path === undefined ? undefined : Uri.file(dirname(path)));
    if (!this.panel || (this.root !== undefined && this.root === root?.toString())) return;
    this.root = root?.toString() ?? '';
    const { webview } = this.panel;
    const bundle = Uri.joinPath(this.extensionUri, 'dist', 'webview');
    webview.options = { enableScripts: true, enableForms: false, localResourceRoots: root ? [bundle, root] : [bundle] };
    webview.html = panelHtml({ cspSource: webview.cspSource, script: webview.asWebviewUri(Uri.joinPath(bundle, 'panel.js')).toString(), language: env.language });
  }

  /** The block that is shown, as its file has it now; where it has gone, `fallback` of the file's blocks. */
  private current(fallback?: number): { document: TextDocument; block: Block } | undefined {
    const { files } = this.parts;
    const document = workspace.textDocuments.find(({ uri }) => uri.toString() === this.shown?.uri);
    const blocks = document && files.parse(document)?.blocks;
    const block = this.shown && (files.identities.find(blocks, this.shown) ?? blocks?.[fallback ?? -1]);
    return document && block && { document, block };
  }

  private send(): void {
    const current = this.current(0);
    if (!this.panel || !current) return;
    const { document, block } = current;
    const { states, jobs, candidates, files } = this.parts;
    const identity = files.identities.of(document, block);
    this.shown = identity;
    const tried = candidates.of(identity);
    const status = states.get(document, block);
    this.panel.title = l10n.t('Picture: {0}', block.name);
    this.pictures = new Map([
      ...(status?.pictures ?? []).map((picture, index) => [`picture-${index}`, picture] as const),
      ...tried.map((picture, index) => [`candidate-${index}`, picture] as const),
    ]);
    const failure = jobs.failure(document, block)?.error;
    const state = panelState(this.panel.webview, { document, block, identity, status, job: jobs.of(document, block), failure, candidates: tried, announcement: this.announcement });
    this.post({ type: 'state', state });
  }

  private post(message: HostToPanel): void {
    void this.panel?.webview.postMessage(message);
  }

  private async answer(request: PanelToHost): Promise<void> {
    if (request.type === 'ready') {
      this.post({ type: 'labels', labels: panelLabels() });
      return this.send();
    }
    const current = this.current(); // never another one than the page shows
    if (!current) return;
    const { document, block } = current;
    switch (request.type) {
      case 'generate':
        return void (await commands.executeCommand(request.count === 4 ? 'easel.generateFour' : 'easel.generate', document.uri, block.index));
      case 'cancel':
        return void (await commands.executeCommand('easel.cancel', document.uri, block.index));
      case 'error-action':
        return this.act(document, block);
    }
    const picture = this.pictures.get(request.picture);
    if (!picture) return;
    switch (request.type) {
      case 'open-picture':
        return void (await commands.executeCommand('vscode.open', Uri.file(picture.path)));
      case 'edit-picture':
        return void (await commands.executeCommand('easel.editPicture', Uri.file(picture.path)));
      case 'copy-infotext':
        if (picture.infotext) await env.clipboard.writeText(picture.infotext);
        return void window.setStatusBarMessage(picture.infotext ? l10n.t('Infotext copied') : l10n.t('This picture has no infotext'), 3000);
      case 'use-this-one':
        await useCandidate(this.parts, document, block, picture.path);
        return this.parts.states.refresh(document);
    }
  }

  private async act(document: TextDocument, block: Block): Promise<void> {
    const failure = this.parts.jobs.failure(document, block)?.error;
    switch (failure && panelError(failure).action?.id) {
      case 'manage-trust':
        return void (await commands.executeCommand('workbench.trust.manage'));
      case 'retry':
        return void (await commands.executeCommand('easel.generate', document.uri, block.index));
      case 'restart-engine':
        return void (await commands.executeCommand('easel.restartEngine'));
      case 'show-log':
        return this.parts.log.show();
    }
  }
}
