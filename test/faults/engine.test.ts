/**
 * The real engine in a real forked process (`dist/engine-child.cjs`), and everything that can happen to it: killed in
 * each phase, cancelled at every stage, spoken to in rubbish, left alone by its parent. After each of them: one clear
 * error, no partial file, and the next picture draws.
 */
import assert from 'node:assert/strict';
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TINY_ICON, tinyRequest } from '../../src/diffusion/test-support/tiny-request';
import { connectEngine, type EngineClient } from '../../src/engine/client';
import { EngineError, type JobPhase, type Progress } from '../../src/engine/engine';
import { readPictureMetadata } from '../../src/image/metadata';
import type { GenerateRequest } from '../../src/prompt/request';

const childPath = resolve(__dirname, '../../dist/engine-child.cjs');
const PHASES: JobPhase[] = ['waiting', 'loading', 'encoding', 'denoising', 'decoding', 'writing'];

describe('the forked engine', function () {
  this.timeout(60_000);
  let folder: string;
  let log: string[];
  let clients: EngineClient[];
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  before(() => void process.on('unhandledRejection', note));
  after(() => {
    process.off('unhandledRejection', note);
    assert.deepEqual(unhandled, []);
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-engine-'));
    log = [];
    clients = [];
  });
  afterEach(async () => {
    await Promise.all(clients.map((client) => client.dispose()));
    await rm(folder, { recursive: true, force: true });
  });

  const connect = (options: Partial<Parameters<typeof connectEngine>[0]> = {}) => {
    const client = connectEngine({
      childPath,
      requireTrust: () => {},
      settings: () => ({ threads: 1, label: 'test', cacheDirectory: join(folder, 'cache') }),
      log: (text) => log.push(text),
      ...options,
    });
    clients.push(client);
    return client;
  };
  const request = (changes: Partial<GenerateRequest> = {}, name = 'picture.png') =>
    tinyRequest({ ...changes, output: { path: join(folder, 'out', name), root: folder, source: { file: 'icons.t2i', block: 'heart' }, noise: null, saveLatents: null } });
  const files = async () => (await readdir(join(folder, 'out')).catch((): string[] => [])).sort();
  /** What is in `out` is either nothing or one whole picture. */
  const assertNothingPartial = async () => {
    for (const name of await files()) {
      assert.equal(name, 'picture.png');
      const metadata = readPictureMetadata(await readFile(join(folder, 'out', name)));
      assert.equal(metadata.easel?.request.seed, '42');
      assert.deepEqual([metadata.width, metadata.height], [64, 64]);
    }
  };
  const code = (wanted: string) => (error: unknown) => {
    assert.ok(error instanceof EngineError, String(error));
    assert.equal(error.code, wanted, error.message);
    assert.ok(!error.message.includes('\n'), 'the message is one line');
    return true;
  };

  it('draws, tells its progress in order, and writes the picture', async () => {
    const seen: Progress[] = [];
    const result = await connect().generate(request(), { onProgress: (progress) => seen.push(progress) });
    assert.deepEqual(await files(), ['picture.png']);
    assert.equal(result.replaced, null);
    const order = seen.map(({ phase }) => PHASES.indexOf(phase));
    assert.deepEqual(order, [...order].sort((a, b) => a - b));
    assert.ok(seen.some(({ phase, step, steps }) => phase === 'denoising' && step === 3 && steps === 4));
  });

  it('starts no process before the first picture, and none at all without trust', async () => {
    const client = connect({ requireTrust: () => { throw new EngineError('untrusted', 'This workspace is not trusted.'); } });
    assert.equal(client.current.state, 'stopped');
    await assert.rejects(client.generate(request()), code('untrusted'));
    assert.deepEqual([client.current.state, client.current.pid], ['stopped', 0]);
  });

  it('draws the same bytes each time, and moves what it replaces to the history', async () => {
    const client = connect();
    await client.generate(request());
    const first = await readFile(join(folder, 'out', 'picture.png'));
    const { replaced } = await client.generate(request());
    assert.deepEqual(await readFile(join(folder, 'out', 'picture.png')), first);
    assert.ok(replaced?.startsWith(join(folder, '.easel', 'history')));
    assert.deepEqual(await readFile(replaced ?? ''), first);
  });

  for (const phase of PHASES) {
    it(`killed while ${phase}, says so or has finished, leaves nothing partial, and draws again`, async () => {
      const client = connect();
      let killed = false;
      const drawing = client.generate(request({ steps: 60 }), {
        onProgress: (progress) => {
          if (killed || PHASES.indexOf(progress.phase) < PHASES.indexOf(phase)) return;
          killed = true;
          process.kill(client.current.pid, 'SIGKILL');
        },
      });
      const [outcome] = await Promise.allSettled([drawing]);
      assert.ok(killed);
      // In the last phases the picture may be written before the signal arrives; before them it cannot be.
      if (outcome.status === 'rejected') {
        code('crashed')(outcome.reason);
        assert.match(String(outcome.reason), /SIGKILL .*"heart".* Generate again/);
      } else assert.ok(['decoding', 'writing'].includes(phase), 'it was killed before it could finish');
      await assertNothingPartial();
      await client.generate(request());
      await assertNothingPartial();
      assert.deepEqual(await files(), ['picture.png']);
    });

    it(`cancelled while ${phase}, answers soon, leaves nothing partial, and draws again`, async () => {
      const client = connect();
      const cancel = new AbortController();
      let asked = 0;
      const drawing = client.generate(request({ steps: 60 }), {
        signal: cancel.signal,
        onProgress: (progress) => {
          if (asked || PHASES.indexOf(progress.phase) < PHASES.indexOf(phase)) return;
          asked = performance.now();
          cancel.abort();
        },
      });
      const [outcome] = await Promise.allSettled([drawing]);
      const took = performance.now() - asked;
      if (outcome.status === 'rejected') {
        code('cancelled')(outcome.reason);
        assert.deepEqual(await files(), []);
      } else assert.ok(['decoding', 'writing'].includes(phase), 'it was cancelled before it could finish');
      // 200 ms plus one step is the aim, printed by the benchmark; here the bound only catches a cancel that is not heard.
      assert.ok(took < 4_000, `${took} ms`);
      await client.generate(request());
      await assertNothingPartial();
    });
  }

  it('cancelled before it began, starts nothing', async () => {
    const client = connect();
    await assert.rejects(client.generate(request(), { signal: AbortSignal.abort() }), code('cancelled'));
    assert.equal(client.current.state, 'stopped');
  });

  it('queues what comes at once, and a crash of one rejects all of them', async () => {
    const client = connect();
    const names = ['a.png', 'b.png', 'c.png'];
    const drawn = await Promise.all(names.map((name) => client.generate(request({}, name))));
    assert.deepEqual(await files(), names);
    assert.equal(new Set(drawn.map(({ path }) => path)).size, 3);
    const doomed = names.map((name, place) =>
      client.generate(request({ steps: 300 }, name), { onProgress: ({ phase }) => place === 0 && phase === 'denoising' && process.kill(client.current.pid, 'SIGKILL') }));
    for (const outcome of await Promise.allSettled(doomed)) code('crashed')(outcome.status === 'rejected' ? outcome.reason : undefined);
    await client.generate(request({}, 'a.png'));
  });

  it('names each file that a model lacks, and each that is cut short or rubbish', async () => {
    const client = connect();
    for (const part of ['text_encoder/model.onnx', 'transformer/model.onnx', 'tokenizer/tokenizer.json', 'scheduler/scheduler_config.json', 'model_index.json']) {
      for (const damage of ['missing', 'truncated', 'rubbish'] as const) {
        if (part === 'model_index.json' && damage === 'missing') continue; // the folders say what the model is; converted ones often lack it
        const model = join(folder, `${part.replace('/', '-')}-${damage}`);
        await cp(TINY_ICON, model, { recursive: true });
        const file = join(model, part);
        if (damage === 'missing') await rm(file);
        if (damage === 'truncated') await truncate(file, 40);
        if (damage === 'rubbish') await writeFile(file, Buffer.alloc(5000, 0x5a));
        const error = await client.generate(request({ model: { id: 'damaged', path: model } })).then(() => assert.fail(`${part} ${damage} was accepted`), (reason: unknown) => reason);
        code('bad-model')(error);
        assert.match(String(error), new RegExp((part.split('/')[0] ?? part).replace('.json', '')), `${part} ${damage}: ${String(error)}`);
        assert.deepEqual(await files(), []);
      }
    }
    await client.generate(request());
  });

  it('lets two windows draw one file: both finish, and the picture is whole', async () => {
    const results = await Promise.all([connect(), connect()].map((client) => client.generate(request({ steps: 30 }))));
    assert.equal(results.filter(({ replaced }) => replaced !== null).length, 1);
    await assertNothingPartial();
  });

  it('is replaced when it is idle and holds more memory than it may', async () => {
    const client = connect({ idleMemoryLimit: () => 1 });
    await client.generate(request());
    while (client.current.state !== 'stopped') await new Promise((done) => setTimeout(done, 10));
    assert.match(log.join('\n'), /over the limit/);
    await client.generate(request());
  });

  it('refuses rubbish on its channel in words, and goes on', async () => {
    const child: ChildProcess = fork(childPath, [], { serialization: 'advanced', execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    const answers: unknown[] = [];
    child.on('message', (message) => answers.push(message));
    const rubbish: unknown[] = [
      null, 7, 'hello', [], {}, { jsonrpc: '1.0' }, { jsonrpc: '2.0' }, { jsonrpc: '2.0', method: '$/cancelRequest' }, { jsonrpc: '2.0', method: 4, id: 1 },
      { jsonrpc: '2.0', id: 2, method: 'engine/nothing' }, { jsonrpc: '2.0', id: 3, method: 'engine/generate', params: { job: 'x' } },
      { jsonrpc: '2.0', id: 4, method: 'engine/initialize', params: { protocol: 99, settings: {} } }, { jsonrpc: '2.0', id: 5, method: 'engine/generate', params: { job: 'x', request: request(), previews: false } },
      { jsonrpc: '2.0', id: 6, method: 'x'.repeat(1_000_000), params: { a: new Uint8Array(1_000_000) } }, new Map([[1, 2]]), new Uint8Array(100_000),
      { jsonrpc: '2.0', id: 7, method: 'engine/initialize', params: { protocol: 1, settings: { label: 'test' } } },
    ];
    for (const message of rubbish) child.send(message as object);
    const answered = (id: number) => answers.find((answer) => typeof answer === 'object' && answer !== null && 'id' in answer && answer.id === id);
    while (!answered(7)) await Promise.race([once(child, 'message'), once(child, 'exit').then(() => assert.fail('the engine ended'))]);
    assert.ok('result' in (answered(7) as object), 'a proper message is still answered');
    for (const id of [2, 3, 4, 5, 6]) assert.ok('error' in (answered(id) as object), `message ${id} is refused`);
    child.disconnect();
    const [exitCode] = await once(child, 'exit');
    assert.equal(exitCode, 0);
  });

  it('ends when its parent is killed', async () => {
    const script = `
      const child = require('node:child_process').fork(${JSON.stringify(childPath)}, [], { serialization: 'advanced', execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
      console.log(child.pid); setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(parent.stdout, 'data');
    const pid = Number(String(line));
    parent.kill('SIGKILL');
    const alive = () => {
      try {
        process.kill(pid, 0);
        return true;
      } catch {
        return false;
      }
    };
    const until = performance.now() + 20_000;
    while (alive() && performance.now() < until) await new Promise((done) => setTimeout(done, 20));
    assert.equal(alive(), false, 'an engine without an editor computes for nobody');
  });
});
