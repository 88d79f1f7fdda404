import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import type { ClientOptions } from '../engine/client';
import { EngineError } from '../engine/engine';
import type { EngineDoor } from './engine-door';
import { replaced, vscode } from './test-support/with-vscode';

const TIMINGS = { load: 1.4, encode: 2, denoise: 3.6, decode: 4, write: 5 };
const drawn = (path: string, ...notes: string[]) => ({ path, notes, timings: TIMINGS });
const request = (path: string) => ({ output: { path } }) as never;

describe('the engine as the editor has it', () => {
  let restore: (() => void)[];
  let door: EngineDoor;
  let connected: ClientOptions[];
  let asked: unknown[][];
  let logged: string[];
  let changes: (string | undefined)[];
  /** Stands for the engine's client, by name; what it answers, or throws. */
  let answer: (...asked: unknown[]) => unknown;
  beforeEach(async () => {
    [connected, asked, logged, changes, answer] = [[], [], [], [], () => undefined];
    const method = (name: string) => async (...args: unknown[]) => (asked.push([name, ...args]), answer(...args));
    const fake = Object.fromEntries(['generateTogether', 'edit', 'evaluate', 'probe', 'train', 'controlTraining', 'restart', 'renew', 'dispose'].map((name) => [name, method(name)]));
    restore = [
      replaced(require.cache, { [require.resolve('../engine/client')]: { loaded: true, exports: { __esModule: true, connectEngine: (options: ClientOptions) => (connected.push(options), fake) } } }),
      replaced(vscode.workspace, { isTrusted: true, name: 'icons' }),
    ];
    const log = Object.fromEntries(['info', 'warn', 'error'].map((level) => [level, (line: unknown) => logged.push(`${level}: ${line instanceof Error ? line.message : String(line)}`)]));
    const loaded = await import('./engine-door');
    door = new loaded.EngineDoor('/dist/engine-child.cjs', log as never);
    door.onDidChange(() => changes.push(door.crash));
  });
  afterEach(() => restore.forEach((one) => one()));

  it('is loaded with the first picture, once, and told the settings as they are when it asks', async () => {
    assert.deepEqual([await door.controlTraining('/run', 'stop'), await door.renew(), connected.length], [false, true, 0]);
    await door.restart();
    answer = () => [];
    await Promise.all([door.generateTogether([], {}), door.generateTogether([request('a.png')], {})]);
    const [options, ...others] = connected;
    assert.deepEqual([options?.childPath, others], ['/dist/engine-child.cjs', []]);
    const settings: Record<string, unknown> = { 'engine.threads': 0, 'engine.provider': 'auto', 'engine.precision': 'auto', 'engine.memory': 'auto', 'engine.idleMemoryLimit': 3 };
    const put = replaced(vscode.workspace, { getConfiguration: () => ({ get: (key: string) => settings[key] }) });
    assert.deepEqual(options?.settings(), { label: 'VS Code, window "icons"', provider: 'auto', precision: 'auto', memoryTier: 'auto' });
    assert.equal(options?.idleMemoryLimit?.(), 3 * 1024 * 1024);
    Object.assign(settings, { 'engine.threads': 2, 'engine.provider': 'cpu', 'engine.precision': 'fp16', 'engine.memory': 'unload' });
    vscode.workspace['name'] = undefined;
    assert.deepEqual(options?.settings(), { label: 'VS Code, window "no folder"', threads: 2, provider: 'cpu', precision: 'fp16', memoryTier: 'unload' });
    options?.log?.('two words\n');
    assert.equal(logged.at(-1), 'info: two words');
    put();
  });

  it('asks for trust each time, and reaches no engine without', async () => {
    vscode.workspace['isTrusted'] = false;
    const ways = [
      () => door.generateTogether([request('a.png')], {}), () => door.edit({ target: request('a.png') } as never, {}), () => door.evaluate({} as never, {}), () => door.probe([], {}),
      () => door.train({} as never, {}), () => door.controlTraining('/run', 'stop'), () => door.restart(),
    ];
    for (const way of ways) await assert.rejects(async () => way(), (error: EngineError) => error.code === 'untrusted', String(way));
    assert.deepEqual([connected, logged], [[], []]);
    vscode.workspace['isTrusted'] = true;
    answer = () => [];
    await door.generateTogether([], {});
    vscode.workspace['isTrusted'] = false;
    assert.throws(() => void connected[0]?.requireTrust(), /Restricted Mode/); // the client asks again
  });

  it('hands over what is asked, and says in the log what came of it', async () => {
    const options = { onProgress: () => {} };
    answer = () => [drawn('/a.png', 'a note'), drawn('/b.png')];
    assert.deepEqual(await door.generateTogether([request('/a.png'), request('/b.png')], options), [drawn('/a.png', 'a note'), drawn('/b.png')]);
    answer = () => drawn('/edit.png');
    const edit = { target: { output: { path: '/edit.png' } } } as never;
    assert.deepEqual(await door.edit(edit, options), drawn('/edit.png'));
    answer = () => ({ files: ['/report.md'] });
    const evaluation = { suite: 'icons', model: { id: 'icon-64' } } as never;
    await door.evaluate(evaluation, options);
    answer = () => ({ files: [] });
    await door.evaluate(evaluation, options);
    answer = () => ({ state: 'done', step: 9, path: '/x.safetensors', notes: ['slow'] });
    const training = { run: '/run' } as never;
    await door.train(training, {});
    answer = () => ({ state: 'paused', step: 4, path: null, notes: [] });
    await door.train(training, {});
    answer = () => ({ findings: [] });
    assert.deepEqual(await door.probe([{ id: 'a', path: '/m' }], options), { findings: [] });
    answer = () => true;
    assert.equal(await door.controlTraining('/run', 'pause'), true);
    await door.restart();
    assert.equal(await door.renew(), true);
    assert.equal(connected.length, 1);
    assert.deepEqual(asked, [
      ['generateTogether', [request('/a.png'), request('/b.png')], options], ['edit', edit, options], ['evaluate', evaluation, options], ['evaluate', evaluation, options], ['train', training, {}], ['train', training, {}],
      ['probe', [{ id: 'a', path: '/m' }], options], ['controlTraining', '/run', 'pause'], ['restart'], ['renew'],
    ]);
    assert.deepEqual(logged, [
      'info: /a.png: load 1, encode 2, denoise 4, decode 4, write 5 ms', 'warn: a note', 'info: /b.png: load 1, encode 2, denoise 4, decode 4, write 5 ms', 'info: /edit.png: load 1, encode 2, denoise 4, decode 4, write 5 ms',
      'info: evaluated icon-64: /report.md', 'info: evaluated icon-64: icons', 'info: /run: done at step 9, /x.safetensors', 'warn: slow', 'info: /run: paused at step 4', 'info: engine ended; the next picture starts another',
    ]);
  });

  it('says how long a cancelled picture took to stop, and leaves nothing at the signal', async () => {
    const controller = new AbortController();
    let clock = 1000;
    restore.push(replaced(performance, { now: () => clock }));
    answer = () => {
      clock = 1300;
      controller.abort();
      clock = 1350;
      throw new EngineError('cancelled', 'cancelled');
    };
    await assert.rejects(door.generateTogether([request('/a.png')], { signal: controller.signal }), /cancelled/);
    assert.deepEqual(logged, ['info: /a.png: cancelled, 50 ms after it was asked']);
    const lasting = new AbortController();
    answer = () => [];
    for (let i = 0; i < 3; i++) await door.generateTogether([], { signal: lasting.signal });
    assert.deepEqual(getEventListeners(lasting.signal, 'abort'), []);
    answer = () => { throw new EngineError('cancelled', 'cancelled'); };
    await assert.rejects(door.evaluate({} as never, {}), /cancelled/);
    await assert.rejects(door.train({} as never, {}), /cancelled/);
    await assert.rejects(door.probe([], {}), /cancelled/);
    assert.deepEqual([logged.length, changes], [1, []]);
  });

  it('keeps the last words of an engine that died, until the next is asked; other failures are the log\'s alone', async () => {
    const fails = (error: unknown) => { answer = () => { throw error; }; };
    const ways = [() => door.generateTogether([request('a.png')], {}), () => door.edit({ target: { output: { path: '' } } } as never, {}), () => door.evaluate({} as never, {}), () => door.probe([], {}), () => door.train({} as never, {})];
    for (const way of ways) {
      fails(new EngineError('crashed', 'killed by the system'));
      await assert.rejects(way(), /killed/);
      assert.deepEqual([door.crash, changes.at(-1), logged.at(-1)], ['killed by the system', 'killed by the system', 'error: killed by the system']);
      fails(new EngineError('failed', 'no such model'));
      await assert.rejects(way(), /no such model/);
      assert.deepEqual([door.crash, changes.at(-1), logged.at(-1)], [undefined, undefined, 'error: no such model']);
    }
    assert.equal(changes.length, 2 * ways.length);
    fails('a word');
    await assert.rejects(door.probe([], {}).catch((error: unknown) => Promise.reject(new Error(String(error)))), /a word/);
    assert.deepEqual([logged.at(-1), changes.length], ['error: a word', 2 * ways.length]);
    fails(new EngineError('crashed', 'again'));
    await assert.rejects(door.probe([], {}), /again/);
    answer = () => undefined;
    await door.restart();
    assert.equal(door.crash, undefined);
  });

  it('ends with the window, and was perhaps never begun', async () => {
    door.dispose();
    assert.deepEqual(asked, []);
    answer = () => [];
    await door.generateTogether([], {});
    door.dispose();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(asked.at(-1), ['dispose']);
  });
});
