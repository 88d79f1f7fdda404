import assert from 'node:assert/strict';
import children from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import type { ExtensionContext, WebviewPanel } from 'vscode';
import type { Started } from './start';
import { FakeDocument, FakeUri, replaced, vscode } from './test-support/with-vscode';

describe('the editor\'s parts, once they are started', () => {
  const opened = new vscode.EventEmitter<FakeDocument>();
  let restore: (() => void)[];
  let context: ExtensionContext;
  let started: Started;
  /** What was loaded, asked of what was loaded, or started as a process. */
  let done: string[];
  const document = (path: string, text = '') => new FakeDocument(text, 'plaintext', new FakeUri(path));
  const start = async (...documents: FakeDocument[]) => {
    Object.assign(vscode.workspace, { textDocuments: documents });
    started = (await import('./start')).start(context);
  };
  const open = (...documents: FakeDocument[]) => documents.forEach((one) => opened.fire(one));
  /** So much has been done, and no more comes. */
  const settled = async (...wanted: string[]) => {
    for (let turn = 0; done.length < wanted.length && turn < 500; turn++) await wait(2);
    await wait(20);
    assert.deepEqual(done, wanted);
  };
  const panelOf = (viewType: string) => ({ viewType, dispose: () => done.push('closed') }) as unknown as WebviewPanel;
  beforeEach(() => {
    done = [];
    context = { subscriptions: [], workspaceState: { get: () => undefined, update: () => Promise.resolve() }, extensionUri: new FakeUri('/extension') } as unknown as ExtensionContext;
    const note = (what: string) => (...given: unknown[]) => (done.push([what, ...given.filter((one) => typeof one === 'string')].join(' ')), Promise.resolve());
    const panels = (name: string) => ({ restore: (_: unknown, memory: string) => note(`${name} restores`)(memory), open: note(`${name} opens`) });
    const loaded = (name: string, exports: object) => replaced(require.cache, { [require.resolve(name)]: { loaded: true, exports: { __esModule: true, ...exports } } });
    const processes = Object.fromEntries(['fork', 'spawn', 'exec', 'execFile'].map((name) => [name, note(name)]));
    restore = [
      replaced(children, processes),
      replaced(vscode, { Uri: FakeUri }),
      replaced(vscode.workspace, { onDidOpenTextDocument: opened.event, textDocuments: [], isTrusted: true }),
      loaded('./dataset', { startDatasets: (_: unknown, { helperPath }: { helperPath: string }) => (done.push(`datasets ${helperPath}`), { panels: panels('dataset') }) }),
      loaded('./training', { startTraining: () => (done.push('training'), { panels: panels('run'), commands: { openRun: note('openRun') }, tasks: { provideTasks: note('offers'), resolveTask: note('resolves') } }) }),
    ];
  });
  afterEach(() => {
    context.subscriptions.forEach((part) => void part.dispose());
    restore.forEach((one) => one());
  });

  const DATASETS = 'datasets /extension/dist/picture-info-child.cjs';
  const caption = () => document('/work/cats/a.txt');
  const config = () => document('/work/train.yaml', 'method: soft-tokens\n');

  it('have started no process, and loaded neither datasets nor training, whatever else is open', async () => {
    await start(document('/work/icons.t2i', 'a red heart'), document('/work/README.md'));
    open(document('/work/a.ts'), document('/elsewhere/train.yaml', 'epochs: 3'));
    await settled();
  });

  it('load datasets with the first caption file, once', async () => {
    await start();
    open(caption(), document('/work/metadata.jsonl'));
    await settled(DATASETS);
    open(caption());
    await settled(DATASETS);
  });

  it('load training with the first train.yaml of ours, once', async () => {
    await start();
    open(config(), document('/work/.easel/runs/cats/train.yaml'));
    await settled('training');
  });

  it('load what the files need that are open already', async () => {
    await start(caption(), config());
    await settled(DATASETS, 'training');
    open(caption(), config());
    await settled(DATASETS, 'training');
  });

  it('load what a command or a task needs, once', async () => {
    await start();
    await started.commands.get('easel.openDataset')?.('cats');
    await started.commands.get('easel.openDataset')?.('dogs');
    await started.commands.get('easel.openRun')?.('here');
    await started.trainTasks.provideTasks(undefined as never);
    await started.trainTasks.resolveTask({} as never, undefined as never);
    assert.deepEqual(done, [DATASETS, 'dataset opens cats', 'dataset opens dogs', 'training', 'openRun here', 'offers', 'resolves']);
  });

  it('give a panel that came back to those that know it', async () => {
    await start();
    await started.restorePanel(panelOf('mainThreadWebview-easel.dataset'), 'cats');
    await started.restorePanel(panelOf('easel.run'), 'a run');
    assert.deepEqual(done, [DATASETS, 'dataset restores cats', 'training', 'run restores a run']);
    // The picture panel closes one whose memory is none of its own.
    await started.restorePanel(panelOf('mainThreadWebview-easel.panel'), 'no memory');
    assert.deepEqual(done.slice(4), ['closed']);
  });

  it('look at no file any more when they have gone', async () => {
    await start();
    context.subscriptions.forEach((part) => void part.dispose());
    open(caption(), config());
    await settled();
  });
});
