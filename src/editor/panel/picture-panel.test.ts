import assert from 'node:assert/strict';
import type { TextDocument, WebviewPanel } from 'vscode';
import type { PromptFiles } from '../prompt-files';
import type { PicturePanel } from './picture-panel';
import { FakeDocument, FakeUri, vscode } from '../test-support/with-vscode';

/** A panel as the editor hands it out: what it is sent is kept, and closing it says so. */
class FakePanel {
  readonly sent: { type: string; state?: { block: string; memory: unknown } }[] = [];
  ask: (message: unknown) => void = () => {};
  isDisposed = false;
  visible = true;
  title = '';
  private close = () => {};
  readonly webview = {
    cspSource: 'self', html: '', options: {}, asWebviewUri: (uri: FakeUri) => uri,
    postMessage: (message: { type: string }) => this.sent.push(message),
    onDidReceiveMessage: (ask: (message: unknown) => void) => { this.ask = ask; },
  };
  onDidChangeViewState = () => ({ dispose: () => {} });
  onDidDispose = (close: () => void) => { this.close = close; };
  reveal(): void {}
  dispose(): void {
    this.isDisposed = true;
    this.close();
  }

  get shown(): string | undefined {
    return this.sent.findLast(({ type }) => type === 'state')?.state?.block;
  }
}

describe('the picture panel', () => {
  const document = new FakeDocument('') as unknown as TextDocument & FakeDocument;
  let files: PromptFiles;
  const block = (index: number) => files.parse(document)!.blocks[index]!;
  const memory = (name: string) => ({ uri: document.uri.toString(), block: name });
  let opened: FakePanel[];
  let panel: PicturePanel;
  let asked: unknown[][];
  const restored = async (name: string) => {
    const returned = new FakePanel();
    await panel.restore(returned as unknown as WebviewPanel, memory(name));
    return returned;
  };
  beforeEach(async () => {
    opened = [];
    Object.assign(vscode, { Uri: Object.assign(FakeUri, { joinPath: (base: FakeUri, ...parts: string[]) => new FakeUri([base.path, ...parts].join('/')), parse: (text: string) => new FakeUri(text.replace('file://', '')) }), ViewColumn: { Beside: -2 } });
    vscode.window.createWebviewPanel = () => {
      opened.push(new FakePanel());
      return opened.at(-1);
    };
    Object.assign(vscode.workspace, { textDocuments: [document], openTextDocument: (uri: FakeUri) => (uri.path === document.uri.path ? Promise.resolve(document) : Promise.reject(new Error('gone'))), getWorkspaceFolder: () => undefined, asRelativePath: String });
    const loaded = await import('./picture-panel');
    files = new (await import('../prompt-files')).PromptFiles();
    document.type('# a\nred\n# b\nblue');
    asked = [];
    vscode.commands.executeCommand = (...args: unknown[]) => Promise.resolve(void asked.push(args));
    const nothing = { failure: () => undefined, of: () => undefined };
    panel = new loaded.PicturePanel(new FakeUri('/extension') as never, { files, states: { get: () => undefined }, jobs: nothing, candidates: { of: () => [] }, contexts: {}, log: { warn: () => {} } } as never);
  });

  it('shows the block that was asked for, in one panel', () => {
    panel.open(document, block(0));
    panel.open(document, block(1));
    assert.deepEqual([opened.length, opened[0]?.shown, panel.isShowing(document, block(1)), panel.isShowing(document, block(0))], [1, 'b', true, false]);
  });

  it('comes back with the window, at its block, or at the first if that has gone', async () => {
    assert.equal((await restored('b')).shown, 'b');
    panel.dispose();
    assert.equal((await restored('gone')).shown, 'a');
  });

  it('does not come back without its file, or with a memory that is none', async () => {
    const returned = new FakePanel();
    await panel.restore(returned as unknown as WebviewPanel, { uri: 'file:///elsewhere.t2i', block: 'a' });
    const odd = new FakePanel();
    await panel.restore(odd as unknown as WebviewPanel, { path: '/etc/passwd' });
    assert.deepEqual([returned.isDisposed, odd.isDisposed, returned.sent, odd.sent], [true, true, [], []]);
  });

  it('that was opened before the old one was looked at stays the only one', async () => {
    panel.open(document, block(0));
    const late = await restored('b');
    assert.deepEqual([late.isDisposed, opened[0]?.isDisposed], [true, false]);
    panel.open(document, block(1));
    assert.deepEqual([opened.length, opened[0]?.shown], [1, 'b']);
  });

  it('turns between two blocks of one name, and comes back at the second', async () => {
    document.type('# a\nred\n# a\nblue');
    panel.open(document, block(0));
    panel.open(document, block(1));
    assert.deepEqual([panel.isShowing(document, block(1)), panel.isShowing(document, block(0))], [true, false]);
    opened[0]?.ask({ type: 'generate', count: 1 });
    assert.deepEqual(asked, [['easel.generate', document.uri, 1]]);
    const { memory: kept } = opened[0]!.sent.at(-1)!.state!;
    panel.dispose();
    const returned = new FakePanel();
    await panel.restore(returned as unknown as WebviewPanel, kept);
    assert.equal(panel.isShowing(document, block(1)), true);
  });

  it('stays with a block that is renamed, and asks nothing of another when its block has gone', () => {
    panel.open(document, block(1));
    document.type('# a\nred\n# c\nblue');
    assert.equal(panel.isShowing(document, block(1)), true);
    opened[0]?.ask({ type: 'generate', count: 1 });
    document.type('# a\nred');
    opened[0]?.ask({ type: 'generate', count: 1 });
    assert.deepEqual(asked, [['easel.generate', document.uri, 1]]);
    opened[0]?.ask({ type: 'ready' });
    assert.equal(opened[0]?.shown, 'a');
  });

  it('is opened anew after it was closed', () => {
    panel.open(document, block(0));
    opened[0]?.dispose();
    assert.equal(panel.isShowing(document, block(0)), false);
    panel.open(document, block(0));
    assert.deepEqual([opened.length, opened[1]?.shown], [2, 'a']);
  });
});
