/** Messages that are none of the protocol's, and a parent that dies: the real engine refuses the first and follows the second. */
import assert from 'node:assert/strict';
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tinyRequest } from '../../../src/diffusion/test-support/tiny-request';
import { engineChild, isAlive, until } from './engine-child';

describe('the engine on the wire', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'easel-wire-'))));
  afterEach(() => rm(folder, { recursive: true }));
  const settings = () => ({ label: 'a test', threads: 1, cacheDirectory: folder });

  it('refuses junk, wrong types and huge messages, says so, and works on', async () => {
    const child = fork(await engineChild(), [], { serialization: 'advanced', execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    let said = '';
    child.stderr?.on('data', (data: Buffer) => void (said += data.toString()));
    const answers = new Map<unknown, { result?: unknown; error?: { code: number; message: string } }>();
    child.on('message', (message: { id?: unknown; result?: unknown; error?: { code: number; message: string } }) => void (message.id !== undefined && answers.set(message.id, message)));
    const call = (id: number, method: string, params: unknown) => child.send({ jsonrpc: '2.0', id, method, params } as never);
    try {
      const junk: unknown[] = [
        'text', 7, null, [], {}, { jsonrpc: '1.0', id: 1, method: 'engine/status' }, { jsonrpc: '2.0', method: 7 },
        { jsonrpc: '2.0', method: '$/cancelRequest' }, { jsonrpc: '2.0', method: '$/cancelRequest', params: { id: {} } }, { jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 99 } },
        { jsonrpc: '2.0', id: {}, method: 'engine/status', params: {} }, { jsonrpc: '2.0', id: 12345, result: 'nobody asked' }, new Uint8Array(32 * 2 ** 20),
      ];
      for (const message of junk) child.send(message as never);
      call(1, 'engine/status', {}); // before its settings
      call(2, 'engine/initialize', { protocol: 999, settings: settings() });
      call(3, 'engine/initialize', { protocol: 1, settings: settings() });
      call(4, 'engine/initialize', { protocol: 1, settings: settings() }); // twice
      call(5, 'engine/generate', { job: 'a', request: { ...tinyRequest(), steps: 'many' }, previews: false });
      call(6, 'engine/generate', { job: 'a', request: tinyRequest({ prompt: 'x' }), previews: false, more: true });
      call(7, 'engine/generate', { job: 'a', request: { ...tinyRequest(), prompt: 'x'.repeat(2_000_000) }, previews: false });
      call(8, 'engine/nothing', {});
      call(9, 'engine/status', [1, 2, 3]);
      call(10, 'engine/status', {});
      await until(() => answers.size >= 10, 'ten answers');
      for (const id of [1, 2, 4, 5, 6, 7, 8, 9]) assert.ok(answers.get(id)?.error, `request ${id} was refused`);
      assert.deepEqual((answers.get(3) as { result: { pid: number } }).result, { pid: child.pid });
      assert.equal((answers.get(10) as { result: { state: string } }).result.state, 'idle');
      assert.match(said, /refused a malformed message/);
      assert.equal(child.exitCode, null);
    } finally {
      await ended(child);
    }
  });

  it('ends with its parent, also in the middle of a drawing', async () => {
    const parent = join(folder, 'parent.cjs');
    const request = tinyRequest({ steps: 1000, output: { path: join(folder, 'a.png'), root: null, source: null, noise: null, saveLatents: null } });
    await writeFile(parent, `
      const child = require('node:child_process').fork(${JSON.stringify(await engineChild())}, [], { serialization: 'advanced', execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
      child.on('message', (message) => { if (message.params?.progress?.phase === 'denoising') console.log(child.pid); });
      child.send({ jsonrpc: '2.0', id: 1, method: 'engine/initialize', params: { protocol: 1, settings: ${JSON.stringify(settings())} } });
      child.send({ jsonrpc: '2.0', id: 2, method: 'engine/generate', params: { job: 'a', request: ${JSON.stringify(request)}, previews: false } });`);
    const process_ = spawn(process.execPath, [parent], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(process_.stdout, 'data')) as [Buffer];
    const pid = Number.parseInt(line.toString(), 10);
    assert.ok(isAlive(pid));
    process_.kill('SIGKILL');
    await until(() => !isAlive(pid), 'the orphan\'s end', 5_000);
  });

  it('refuses to run by hand', async () => {
    const child = spawn(process.execPath, [await engineChild()], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (data: Buffer) => void (said += data.toString()));
    const [code] = (await once(child, 'close')) as [number];
    assert.equal(code, 2);
    assert.match(said, /use `easel generate`/);
  });
});

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.disconnect();
  await once(child, 'exit');
}
