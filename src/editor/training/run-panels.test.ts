import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';
import type { WebviewPanel } from 'vscode';
import { HostToRun } from '../../messages';
import { FakeUri, english, replaced, vscode } from '../test-support/with-vscode';
import type { Run } from './run';
import type { RunPanels } from './run-panels';
import { RUN, runIn, started, step } from './test-support';

/** A panel as the editor hands it out: what it is sent is kept, and closing it says so, once. */
class FakePanel {
  readonly sent: HostToRun[] = [];
  readonly messages = new vscode.EventEmitter<unknown>();
  readonly views = new vscode.EventEmitter<void>();
  readonly closed = new vscode.EventEmitter<void>();
  isDisposed = false;
  visible = true;
  revealed = 0;
  title = '';
  readonly webview = {
    cspSource: 'self', html: '', options: {} as { localResourceRoots?: FakeUri[] }, asWebviewUri: (uri: FakeUri) => uri,
    postMessage: (message: unknown) => this.sent.push(HostToRun.parse(message)),
    onDidReceiveMessage: this.messages.event,
  };
  readonly onDidChangeViewState = this.views.event;
  readonly onDidDispose = this.closed.event;
  reveal(): void {
    this.revealed += 1;
  }
  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.closed.fire();
  }
  show(visible: boolean): void {
    this.visible = visible;
    this.views.fire();
  }

  get states() {
    return this.sent.flatMap((message) => (message.type === 'state' ? [message.state] : []));
  }
}

describe('the panels of runs', () => {
  const other = '/work/.easel/runs/dogs';
  let restore: (() => void)[];
  let opened: FakePanel[];
  let panels: RunPanels;
  let changed: InstanceType<typeof vscode.EventEmitter<Run>>;
  let ended: InstanceType<typeof vscode.EventEmitter<{ run: Run; message: string }>>;
  /** Runs as their folders have them, and the folders that are followed. */
  let runs: Map<string, Run>;
  let followed: string[];
  let logged: string[];
  let done: string[];
  let fails: unknown;
  const restored = async (memory: unknown, meanwhile = () => {}) => {
    const panel = new FakePanel();
    const restoring = panels.restore(panel as unknown as WebviewPanel, memory);
    meanwhile();
    await restoring;
    return panel;
  };
  const open = async (run: Run) => {
    await panels.open(run);
    return opened.at(-1)!;
  };
  beforeEach(async () => {
    [opened, followed, logged, done, fails] = [[], [], [], [], undefined];
    changed = new vscode.EventEmitter();
    ended = new vscode.EventEmitter();
    runs = new Map([[RUN, runIn('interrupted')]]);
    restore = [
      replaced(vscode, { Uri: FakeUri, ViewColumn: { Active: -1 }, l10n: english }),
      // By the parts of a path alone, as VS Code does it.
      replaced(vscode.workspace, { asRelativePath: String, getWorkspaceFolder: ({ path }: FakeUri) => (path.startsWith('/work/') ? {} : undefined) }),
      replaced(vscode.window, {
        createWebviewPanel: (_type: string, title: string) => {
          opened.push(Object.assign(new FakePanel(), { title }));
          return opened.at(-1);
        },
        showErrorMessage: (message: string) => Promise.resolve(done.push(`error: ${message}`)),
      }),
    ];
    const { RunPanels: Panels } = await import('./run-panels');
    panels = new Panels({
      extensionUri: new FakeUri('/extension') as never,
      runs: {
        at: (folder: string) => Promise.resolve(runs.get(folder) ?? assert.fail(`${folder} was read`)),
        watch: ({ folder }: Run) => (followed.push(folder), { dispose: () => followed.splice(followed.indexOf(folder), 1) }),
        onDidChange: changed.event, onDidEnd: ended.event,
      } as never,
      log: { warn: (line: string) => logged.push(line) } as never,
      act: (run, action) => (done.push(`${action} ${run.folder}`), fails === undefined ? Promise.resolve() : Promise.reject(fails as Error)),
    });
    panels.register({ subscriptions: [] } as never);
  });
  afterEach(() => {
    panels.dispose();
    restore.forEach((one) => one());
  });

  it('are one for each run, with its name', async () => {
    const run = runIn('training', started());
    const first = await open(run);
    await open(run);
    const { title } = await open(Object.assign(runIn('new'), { folder: other }));
    assert.deepEqual([opened.length, first.title, first.revealed, title, followed], [2, 'Run: cats', 1, 'Run: dogs', [RUN, other]]);
    assert.deepEqual(first.webview.options.localResourceRoots?.map(({ path }) => path), ['/extension/dist/webview', RUN]);
  });

  it('get their words before their state, as soon as the page is ready', async () => {
    const panel = await open(runIn('new'));
    assert.deepEqual(panel.sent, []);
    panel.messages.fire({ type: 'ready' });
    assert.deepEqual(panel.sent.map(({ type }) => type), ['labels', 'state']);
    assert.deepEqual([panel.states[0]?.memory, done, logged], [{ run: RUN }, [], []]);
  });

  it('do what their buttons ask for, and tell why it failed', async () => {
    const panel = await open(runIn('training'));
    panel.messages.fire({ type: 'act', action: 'pause' });
    fails = new Error('no space');
    panel.messages.fire({ type: 'act', action: 'sample' });
    await tick();
    assert.deepEqual(done, [`pause ${RUN}`, `sample ${RUN}`, 'error: no space']);
  });

  it('refuse and log what is no message of theirs', async () => {
    const panel = await open(runIn('training'));
    for (const message of [{ type: 'act', action: 'format-disk' }, { type: 'ready', more: 1 }, null]) panel.messages.fire(message);
    assert.deepEqual([panel.sent, done, logged.length], [[], [], 3]);
    assert.match(logged[0]!, /^run message refused: action: /);
  });

  it('follow their own run while they are seen', async () => {
    const run = runIn('training', started());
    const panel = await open(run);
    const dogs = await open(Object.assign(runIn('training'), { folder: other }));
    run.log.add(step(2));
    changed.fire(run);
    changed.fire(Object.assign(runIn('new'), { folder: '/work/.easel/runs/unseen' }));
    panel.show(false);
    run.log.add(started({ name: 'cat-2' }));
    changed.fire(run);
    assert.deepEqual([panel.states.map(({ progress }) => progress?.done), panel.title, dogs.sent], [[2], 'Run: cat-2', []]);
    run.log.add(step(3));
    panel.show(true);
    assert.deepEqual(panel.states.map(({ progress }) => progress?.done), [2, 3]);
  });

  it('announce how their run has ended', async () => {
    const run = runIn('finished');
    const panel = await open(run);
    ended.fire({ run: Object.assign(runIn('finished'), { folder: other }), message: 'dogs is trained' });
    changed.fire(run);
    ended.fire({ run, message: 'cats is trained' });
    changed.fire(run);
    assert.deepEqual(panel.states.map(({ announcement }) => announcement), ['', 'cats is trained']);
  });

  it('are opened anew after they were closed, and follow nothing meanwhile', async () => {
    const run = runIn('training');
    const panel = await open(run);
    panel.dispose();
    changed.fire(run);
    panel.messages.fire({ type: 'ready' });
    panel.show(true);
    assert.deepEqual([panel.sent, followed], [[], []]);
    await open(run);
    assert.deepEqual([opened.length, followed], [2, [RUN]]);
    panels.dispose();
    assert.deepEqual([opened[1]?.isDisposed, followed], [true, []]);
  });

  describe('that come back with the window', () => {
    it('show the run that the page remembers', async () => {
      const panel = await restored({ run: RUN });
      panel.messages.fire({ type: 'ready' });
      assert.deepEqual([panel.isDisposed, panel.states[0]?.memory, followed], [false, { run: RUN }, [RUN]]);
    });

    it('are closed if the run lies outside of the workspace, also by two dots, or the memory is none', async () => {
      const outside = ['/etc/runs/cats', '/work/../etc/runs/cats', '/work/.easel/runs/x/../../../../etc'].map((run) => ({ run }));
      for (const memory of [...outside, { path: RUN }, undefined]) {
        const panel = await restored(memory);
        assert.deepEqual([panel.isDisposed, panel.sent], [true, []]);
      }
      assert.deepEqual([followed, logged.map((line) => line.slice(0, 19))], [[], ['run state refused: ', 'run state refused: ']]);
    });

    it('are closed if their run has a panel, also one that was opened while they were looked at', async () => {
      const run = runs.get(RUN)!;
      const late = await restored({ run: RUN }, () => void panels.open(run));
      const later = await restored({ run: RUN });
      assert.deepEqual([late.isDisposed, later.isDisposed, opened.length, opened[0]?.isDisposed, followed], [true, true, 1, false, [RUN]]);
      changed.fire(run);
      assert.equal(opened[0]?.states.length, 1);
    });
  });

  describe('of a run that another process makes', () => {
    let panel: FakePanel;
    let run: Run;
    beforeEach(async () => {
      mock.timers.enable({ apis: ['setTimeout'] });
      run = runIn('elsewhere');
      panel = await open(run);
      panel.messages.fire({ type: 'ready' });
    });
    afterEach(() => mock.timers.reset());

    it('look again every three seconds, however much they are told meanwhile, until nobody makes it', () => {
      for (let told = 0; told < 3; told++) changed.fire(run);
      mock.timers.tick(3000);
      mock.timers.tick(3000);
      assert.equal(panel.states.length, 6);
      run.log.add(step(1));
      mock.timers.tick(3000);
      assert.deepEqual([panel.states.length, panel.states.at(-1)?.phase], [7, 'interrupted']);
      mock.timers.tick(10_000);
      assert.equal(panel.states.length, 7);
    });

    it('do not look while they are hidden', () => {
      panel.show(false);
      mock.timers.tick(10_000);
      assert.equal(panel.states.length, 1);
      panel.show(true);
      mock.timers.tick(3000);
      assert.equal(panel.states.length, 3);
    });

    it('leave no look for later when they are closed', async () => {
      mock.timers.tick(2000);
      panel.dispose();
      const next = await open(run);
      next.messages.fire({ type: 'ready' });
      mock.timers.tick(2000);
      assert.deepEqual([panel.states.length, next.states.length], [1, 1]);
    });
  });
});
