import assert from 'node:assert/strict';
import { setImmediate as tick } from 'node:timers/promises';
import type { WebviewPanel } from 'vscode';
import { assembleDataset, readCaptionFile } from '../../dataset';
import type { HostToDataset } from '../../messages';
import { FakeUri, vscode } from '../test-support/with-vscode';
import type { DatasetUse } from './live-datasets';

/** Counts what listens to it. */
class Listened {
  listeners = 0;
  readonly event = () => {
    this.listeners += 1;
    let listens = true;
    return { dispose: () => { this.listeners -= listens ? 1 : 0; listens = false; } };
  };
}

describe('a dataset panel that is closed', () => {
  const { workspace } = vscode;
  const saved = new Listened();
  const trusted = new Listened();
  const changed = new Listened();
  let sent: HostToDataset[];
  let uses: number;
  let ask: (message: unknown) => void;
  let close: () => void;
  const messages = new Listened();
  const { onDidSaveTextDocument, onDidGrantWorkspaceTrust } = workspace;
  beforeEach(async () => {
    Object.assign(vscode, { Uri: Object.assign(FakeUri, { joinPath: (base: FakeUri, ...parts: string[]) => new FakeUri([base.path, ...parts].join('/')) }) });
    Object.assign(workspace, { onDidSaveTextDocument: saved.event, onDidGrantWorkspaceTrust: trusted.event, asRelativePath: String, textDocuments: [] });
    [sent, uses] = [[], 1];
    let isClosed = false;
    const panel = {
      visible: true, title: '',
      webview: {
        cspSource: 'self', html: '', options: {}, asWebviewUri: (uri: unknown) => uri,
        postMessage: (message: HostToDataset) => sent.push(message),
        onDidReceiveMessage: (listener: typeof ask) => { ask = listener; return messages.event(); },
      },
      onDidChangeViewState: messages.event,
      onDidDispose: (listener: () => void) => { close = () => { isClosed = true; listener(); }; return { dispose: () => {} }; },
      dispose: () => { if (!isClosed) close(); },
    };
    const dataset = await assembleDataset({ root: '/set', files: ['a.png', 'a.txt'], texts: new Map([['a.txt', await readCaptionFile('a.txt', 'a cat')]]), refused: [] });
    const live = { folder: '/set', dataset, lints: [], isLarge: false, arePicturesChecked: true, onDidChange: changed.event, fileOf: () => undefined, uriOf: (file: string) => new FakeUri(`/set/${file}`), settled: () => Promise.resolve() };
    const { DatasetPanel } = await import('./dataset-panel');
    new DatasetPanel(panel as unknown as WebviewPanel, { live, dispose: () => { uses -= 1; } } as unknown as DatasetUse, undefined, {
      extensionUri: new FakeUri('/extension') as never,
      thumbnails: { small: () => assert.fail('there is no file to be made small') } as never,
      log: { warn: (reason: string) => assert.fail(reason) } as never,
    });
    while (!sent.some((message) => message.type === 'state' && message.state.total === 1)) await tick();
  });
  afterEach(() => void Object.assign(workspace, { onDidSaveTextDocument, onDidGrantWorkspaceTrust }));

  it('listens to nothing any more, and lets its dataset go, once', () => {
    const listening = () => [saved, trusted, changed, messages].map(({ listeners }) => listeners);
    assert.deepEqual(listening(), [1, 1, 1, 2]);
    close();
    close();
    assert.deepEqual([listening(), uses], [[0, 0, 0, 0], 0]);
  });

  it('is sent nothing that was under way', async () => {
    ask({ type: 'look', from: 0, count: 10 });
    ask({ type: 'filter', filter: { text: 'cat', show: 'all' } });
    const before = sent.length;
    close();
    for (let turn = 0; turn < 20; turn++) await tick();
    assert.equal(sent.length, before);
  });
});
