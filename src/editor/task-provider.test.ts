import assert from 'node:assert/strict';
import type { Task, TaskProvider, TextDocument } from 'vscode';
import type { Block } from '../prompt';
import type { PromptFiles } from './prompt-files';
import { runTask, stubTasks } from './test-support/run-task';
import { FakeDocument, FakeUri, vscode } from './test-support/with-vscode';

describe('a task that draws a prompt file', () => {
  const document = new FakeDocument('# a\nred\n# b\nblue\n# empty\n# c\ngreen', 't2i', new FakeUri('/work/icons.t2i'));
  const folder = { uri: new FakeUri('/work'), name: 'work', index: 0 };
  let files: PromptFiles;
  let tasks: TaskProvider;
  let states: Record<string, string>;
  let drawn: string[];
  let drawing: (name: string, signal?: AbortSignal) => Promise<string[]>;
  const run = async (definition: object, whileRunning?: (close: () => void) => void) => {
    const task = (await tasks.resolveTask({ definition: { type: 'easel', file: 'icons.t2i', ...definition }, scope: folder } as unknown as Task, undefined as never)) as Task;
    return runTask(task, whileRunning);
  };
  beforeEach(async () => {
    stubTasks();
    Object.assign(vscode.workspace, { openTextDocument: () => Promise.resolve(document), workspaceFolders: [folder] });
    [states, drawn] = [{}, []];
    drawing = (name) => Promise.resolve([`/work/${name}.png`]);
    const { PromptFiles: Files } = await import('./prompt-files');
    const { easelTasks } = await import('./task-provider');
    files = new Files();
    const get = (_document: TextDocument, { name }: Block) => ({ state: states[name] ?? 'missing', reasons: ['no record'], pictures: [] });
    tasks = easelTasks(files, { refresh: () => Promise.resolve(), get } as never, { generate: (_document: TextDocument, { name }: Block, signal?: AbortSignal) => (drawn.push(name), drawing(name, signal)) } as never);
  });
  afterEach(() => {
    files.dispose();
    vscode.workspace.workspaceFolders = undefined;
  });

  it('draws every block that says a picture, or those of a name', async () => {
    assert.deepEqual(await run({}), { code: 0, lines: ['a: /work/a.png', 'b: /work/b.png', 'c: /work/c.png'] });
    assert.deepEqual(await run({ block: 'b', changed: false }), { code: 0, lines: ['b: /work/b.png'] });
    assert.equal((await run({ block: 'gone' })).code, 3);
  });

  it('leaves what is fresh, and fails over what is unknown without drawing it', async () => {
    states = { a: 'fresh', b: 'unknown' };
    const { code, lines } = await run({ changed: true });
    assert.deepEqual([code, drawn, lines.length, lines.at(-1)], [3, ['c'], 3, 'c: /work/c.png']);
    states = { a: 'fresh', b: 'fresh', c: 'stale' };
    assert.equal((await run({ changed: true })).code, 0);
  });

  it('goes on after a failure and tells it, and stops when its terminal is closed', async () => {
    drawing = (name) => (name === 'a' ? Promise.reject(new Error('no space')) : Promise.resolve([name]));
    assert.deepEqual(await run({}), { code: 3, lines: ['a: no space', 'b: b', 'c: c'] });
    drawn = [];
    let close = () => {};
    drawing = (_name, signal) => (close(), signal?.aborted ? Promise.reject(new Error('cancelled')) : Promise.resolve([]));
    assert.equal((await run({}, (closing) => { close = closing; })).code, 3);
    assert.deepEqual(drawn, ['a']);
  });

  it('is none of a definition that says no file', async () => {
    assert.equal(await tasks.resolveTask({ definition: { type: 'easel' }, scope: folder } as unknown as Task, undefined as never), undefined);
  });
});
