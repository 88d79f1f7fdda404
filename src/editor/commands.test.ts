import assert from 'node:assert/strict';
import type { TextDocument } from 'vscode';
import { EngineError } from '../engine/engine';
import type { Block } from '../prompt';
import type { BlockIdentity } from './block-identity';
import type { PromptFiles } from './prompt-files';
import { FakeDocument, FakeUri, vscode } from './test-support/with-vscode';

const TEXT = '# a\nred\n# b\nblue\n# empty\n# c\ngreen';

describe('commands', () => {
  const document = new FakeDocument(TEXT, 't2i', new FakeUri('/work/icons.t2i')) as unknown as TextDocument & FakeDocument;
  const menu = { groupId: 0 }; // what a menu in the editor's title gives beside the file
  const { window, workspace } = vscode;
  const replaced = { ...window };
  let files: PromptFiles;
  let states: Record<string, string>;
  let drawn: string[];
  let cancelled: { uri: string | undefined; block: BlockIdentity | undefined }[];
  let running: number;
  let said: string[];
  let restart: () => Promise<void>;
  let background: { current?: { text: string } };
  /** What `draw` does after it noted its block. */
  let drawing: (name: string, signal?: AbortSignal) => Promise<void>;
  let cancelNotification: () => void;
  let run: (name: string, ...args: unknown[]) => Promise<void>;
  beforeEach(async () => {
    Object.assign(vscode, { Uri: FakeUri, ProgressLocation: {} });
    Object.assign(workspace, { openTextDocument: () => Promise.resolve(document), asRelativePath: ({ path }: FakeUri) => path });
    const says = (kind: string) => (message: string, ...more: unknown[]) => Promise.resolve(void said.push([kind, message, ...more].join(' ')));
    Object.assign(window, {
      activeTextEditor: { document, selection: { active: TEXT.indexOf('blue') } },
      showInformationMessage: says('info:'), showWarningMessage: says('warning:'), showErrorMessage: says('error:'),
      setStatusBarMessage: (message: string) => void said.push(`status: ${message}`),
      withProgress: (_options: unknown, work: (progress: unknown, token: unknown) => unknown) => work({ report: () => {} }, { onCancellationRequested: (cancel: () => void) => { cancelNotification = cancel; } }),
    });
    [states, drawn, cancelled, said, running] = [{}, [], [], [], 0];
    background = {};
    [restart, drawing] = [() => Promise.resolve(), () => Promise.resolve()];
    const { PromptFiles: Files } = await import('./prompt-files');
    const { easelCommands } = await import('./commands');
    files = new Files();
    const all = easelCommands({
      files,
      states: { refresh: () => Promise.resolve(), get: (_document: TextDocument, { name }: Block) => ({ state: states[name] ?? 'missing', reasons: [], pictures: [] }) },
      jobs: { failure: () => undefined, cancel: (uri?: string, block?: BlockIdentity) => (cancelled.push({ uri, block }), running) },
      actions: { generate: (_document: TextDocument, { name }: Block, signal?: AbortSignal) => (drawn.push(name), drawing(name, signal)) },
      engine: { restart: () => restart() },
      background,
      panel: { open: () => {}, isShowing: () => false },
    } as never);
    run = async (name, ...args) => void (await all.get(`easel.${name}`)?.(...args));
  });
  afterEach(() => {
    files.dispose();
    Object.assign(window, replaced);
  });

  describe('that draw what has changed', () => {
    it('draw the blocks that say a picture and are not fresh, in order', async () => {
      states = { b: 'fresh', c: 'stale' };
      await run('generateChanged');
      assert.deepEqual([drawn, said], [['a', 'c'], []]);
    });

    it('never draw over what cannot be judged, say so, and draw the others', async () => {
      states = { a: 'unknown', b: 'fresh' };
      await run('generateChanged', document.uri, menu);
      assert.deepEqual(drawn, ['c']);
      assert.equal(said.length, 1);
      assert.match(said[0] ?? '', /^warning: Not drawn/);
    });

    it('say that there is nothing to do only where that is so', async () => {
      states = { a: 'fresh', b: 'fresh', c: 'fresh' };
      await run('generateChanged');
      states['a'] = 'unknown';
      await run('generateChanged');
      assert.deepEqual([drawn, said.map((line) => line.split(':')[0])], [[], ['info', 'warning']]);
    });

    it('end with the first failure, and when they are cancelled', async () => {
      drawing = (name) => (name === 'b' ? Promise.reject(new EngineError('bad-request', 'no such model')) : Promise.resolve());
      await run('generateChanged');
      assert.deepEqual([drawn, said], [['a', 'b'], ['error: no such model']]);
      [drawn, said] = [[], []];
      drawing = (_name, signal) => {
        cancelNotification();
        return signal?.aborted ? Promise.reject(new EngineError('cancelled', 'cancelled')) : Promise.resolve();
      };
      await run('generateChanged');
      assert.deepEqual([drawn, said], [['a'], []]);
    });
  });

  describe('that cancel', () => {
    it('mean the lens\'s block, a menu\'s file, and everything from the status bar', async () => {
      running = 1;
      await run('cancel', document.uri, 1);
      await run('cancel', document.uri, menu);
      await run('cancel');
      const uri = document.uri.toString();
      assert.deepEqual(cancelled.map((asked) => [asked.uri, asked.block?.name]), [[uri, 'b'], [uri, undefined], [undefined, undefined]]);
      assert.deepEqual(said, []);
    });

    it('say so where nothing is drawn', async () => {
      await run('cancel');
      assert.deepEqual(said, ['status: Nothing is being drawn']);
    });
  });

  describe('that restart the engine', () => {
    it('say that it is done, or why not', async () => {
      await run('restartEngine');
      restart = () => Promise.reject(new EngineError('bad-request', 'not now'));
      await run('restartEngine');
      assert.deepEqual(said, ['status: Easel engine restarted', 'error: not now']);
    });

    it('ask first where a training run would end', async () => {
      let restarts = 0;
      restart = () => Promise.resolve(void restarts++);
      background.current = { text: 'crisp: step 30 of 90' };
      const answered = async (answer: string | undefined) => {
        const asked: unknown[] = [];
        window.showWarningMessage = (...given: unknown[]) => {
          asked.push(...given);
          return Promise.resolve(answer);
        };
        await run('restartEngine');
        return asked;
      };
      const [message, options, ...buttons] = await answered(undefined);
      assert.match(String(message), /^Restarting the engine ends what it is doing/);
      assert.equal((options as { modal: boolean }).modal, true);
      assert.deepEqual([buttons, restarts, said], [['Restart'], 0, []]);
      await answered('Restart');
      assert.deepEqual([restarts, said], [1, ['status: Easel engine restarted']]);
    });
  });
});
