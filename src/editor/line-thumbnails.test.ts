import assert from 'node:assert/strict';
import type { ExtensionContext } from 'vscode';
import type { LineThumbnails } from './line-thumbnails';
import { FakeDocument, FakeUri, vscode } from './test-support/with-vscode';

describe('pictures beside lines', () => {
  const editor = () => ({ document: new FakeDocument('# a\nred'), visibleRanges: [{ start: { line: 0 }, end: { line: 10 } }], setDecorations: () => {} });
  let alive: Map<object, string>;
  let pictures: { line: number; path: string }[];
  /** Answers of the thumbnails that are being made, by path. */
  let making: Map<string, (uri: string) => void>;
  let shown: LineThumbnails;
  beforeEach(async () => {
    alive = new Map();
    making = new Map();
    Object.assign(vscode, { Uri: Object.assign(FakeUri, { parse: (text: string) => new FakeUri(text) }), Range: class {} });
    Object.assign(vscode.window, {
      visibleTextEditors: [editor()],
      createTextEditorDecorationType: ({ gutterIconPath }: { gutterIconPath: FakeUri }) => {
        const type = { dispose: () => alive.delete(type) };
        alive.set(type, gutterIconPath.path);
        return type;
      },
    });
    vscode.workspace.getConfiguration = () => ({ get: () => true });
    const loaded = await import('./line-thumbnails');
    shown = new loaded.LineThumbnails({ get: (path: string) => new Promise<string>((resolve) => making.set(path, resolve)) } as never, () => pictures);
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const made = async (path: string) => {
    making.get(path)?.(`data:${path}`);
    await settled();
  };

  it('are there once they are made, and go when they are no more', async () => {
    pictures = [{ line: 0, path: '/a' }];
    shown.refresh();
    await made('/a');
    assert.deepEqual([...alive.values()], ['data:/a']);
    pictures = [];
    shown.refresh();
    await settled();
    assert.deepEqual([...alive.values()], []);
  });

  it('are the newest, in whichever order they are made', async () => {
    pictures = [{ line: 0, path: '/old' }];
    shown.refresh();
    pictures = [{ line: 0, path: '/new' }];
    shown.refresh();
    await made('/new');
    await made('/old');
    assert.deepEqual([...alive.values()], ['data:/new']);
  });

  it('are not set into a text that has changed meanwhile', async () => {
    pictures = [{ line: 0, path: '/a' }];
    shown.refresh();
    (vscode.window.visibleTextEditors as ReturnType<typeof editor>[])[0]!.document.type('# b');
    await made('/a');
    assert.equal(alive.size, 0);
  });

  it('go with their editor, and with the extension', async () => {
    let visible = (_editors: unknown[]) => {};
    vscode.window.onDidChangeVisibleTextEditors = (listener: typeof visible) => { visible = listener; return { dispose: () => {} }; };
    pictures = [{ line: 0, path: '/a' }];
    shown.register({ subscriptions: [] } as unknown as ExtensionContext);
    await made('/a');
    assert.equal(alive.size, 1);
    vscode.window.visibleTextEditors = [];
    visible([]);
    assert.equal(alive.size, 0);
    vscode.window.visibleTextEditors = [editor()];
    shown.refresh();
    await made('/a');
    shown.dispose();
    assert.equal(alive.size, 0);
  });
});
