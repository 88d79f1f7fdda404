/**
 * The real engine in a real forked process, killed in each phase and given damaged models. After each of them: one clear
 * error, no partial file, and the next picture draws.
 */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TINY_ICON, tinyRequest } from '../../../src/diffusion/test-support/tiny-request';
import { connectEngine, type EngineClient } from '../../../src/engine/client';
import { EngineError, type JobPhase, type Progress } from '../../../src/engine/engine';
import { readPictureMetadata } from '../../../src/image/metadata';
import type { GenerateRequest } from '../../../src/prompt/request';
import { engineChild } from './engine-child';

const PHASES: JobPhase[] = ['waiting', 'loading', 'encoding', 'denoising', 'decoding', 'writing'];

describe('the forked engine, killed or given a damaged model,', function () {
  this.timeout(60_000);
  let childPath: string;
  let folder: string;
  let clients: EngineClient[];
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  before(async () => {
    process.on('unhandledRejection', note);
    childPath = await engineChild();
  });
  after(() => {
    process.off('unhandledRejection', note);
    assert.deepEqual(unhandled, []);
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-engine-'));
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
});
