/** Training through the client, in a process of its own as in the editor: pauses, queues, gives way to pictures. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSoftTokens } from '../../../src/adapters';
import { TINY_ICON, tinyRequest } from '../../../src/diffusion/test-support/tiny-request';
import { connectEngine, type EngineClient } from '../../../src/engine/client';
import { SoftTokenOptions, TrainRequest, type TrainEvent } from '../../../src/prompt';
import { engineChild, until } from '../engine/engine-child';

describe('training in the engine\'s own process', function () {
  this.timeout(120_000);
  let folder: string;
  let client: EngineClient;
  const pids = new Set<number>();
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-train-'));
    pids.clear();
    client = connectEngine({ childPath: await engineChild(), requireTrust: () => {}, settings: () => ({ label: 'a test', threads: 1, cacheDirectory: join(folder, 'cache') }), log: () => {} });
    client.onDidChangeStatus(({ pid }) => pid > 0 && pids.add(pid));
  });
  afterEach(async () => {
    await client.dispose();
    await rm(folder, { recursive: true });
  });

  const requestOf = (name: string, steps: number): TrainRequest => TrainRequest.parse({
    version: 1, method: 'soft-tokens', name, model: { id: 'tiny-icon', path: TINY_ICON }, dataset: join(__dirname, '../../../examples/icons-dataset'), run: join(folder, name), output: join(folder, `${name}.safetensors`), root: null,
    options: { ...SoftTokenOptions.parse({}), steps, sampleEvery: 0, checkpointEvery: 5 },
  });
  function start(name: string, steps: number) {
    const request = requestOf(name, steps);
    const events: TrainEvent[] = [];
    const ahead: number[] = [];
    const done = client.train(request, { onEvent: (event) => events.push(event), onWaiting: (place) => ahead.push(place.ahead) });
    done.catch(() => {}); // looked at by who awaits it
    const steps_ = () => events.filter(({ event }) => event === 'step').length;
    return { request, events, ahead, done, steps: steps_, has: (event: TrainEvent['event']) => events.some((one) => one.event === event) };
  }
  const picture = (name: string) => tinyRequest({ steps: 2, output: { path: join(folder, name), root: folder, source: null, noise: null, saveLatents: null } });
  const tokens = async (name: string) => (await readSoftTokens(join(folder, `${name}.safetensors`))).soft;

  it('pauses with its model loaded, draws a picture meanwhile, and goes on in memory to the same bits', async () => {
    const whole = start('whole', 30);
    await whole.done;
    const run = start('paused', 30);
    await until(() => run.steps() >= 3, 'three steps', 60_000);
    assert.equal(await client.controlTraining(run.request.run, 'pause'), true);
    await until(() => run.has('paused'), 'the pause');
    const [made, graphs] = [run.steps(), run.events.filter((event) => event.event === 'preparing' && event.what === 'graph').length];
    await client.generate(picture('meanwhile.png'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(run.steps(), made, 'no step was made');
    assert.ok((await client.status()).loaded.length > 0);
    assert.equal(await client.controlTraining(run.request.run, 'resume'), true);
    assert.equal((await run.done).state, 'finished');
    const resumed = run.events.filter((event) => event.event === 'resumed');
    assert.deepEqual(resumed.map(({ step, from }) => [step, from]), [[made, 'memory']]);
    assert.equal(run.events.filter((event) => event.event === 'preparing' && event.what === 'graph').length, graphs, 'its graph stayed open');
    assert.equal(pids.size, 1);
    assert.deepEqual(await tokens('paused'), await tokens('whole'));
    assert.equal(await client.controlTraining(run.request.run, 'pause'), false, 'nobody there any more');
  });

  it('makes two runs one after the other, and refuses the same one twice', async () => {
    const order: string[] = [];
    const [first, second] = [start('first', 12), start('second', 6)];
    void first.done.then(() => order.push('first'));
    void second.done.then(() => order.push('second'));
    await until(() => first.steps() >= 1, 'the first step', 60_000);
    assert.deepEqual([second.events.length, second.ahead.at(-1)], [0, 1], 'the second waits for one');
    await assert.rejects(client.train(first.request), { code: 'bad-request', message: /is running or waiting already/ });
    await Promise.all([first.done, second.done]);
    assert.deepEqual(order, ['first', 'second']);
    const [end, begin] = [first.events.at(-1)!, second.events[0]!];
    assert.ok(end.event === 'finished' && begin.time >= end.time, 'none of its steps was made before');
    assert.deepEqual([first.steps(), second.steps()], [12, 6]);
  });

  it('stops a run that waits without touching the one that runs', async () => {
    const [first, second] = [start('first', 12), start('second', 6)];
    await until(() => first.steps() >= 1, 'the first step', 60_000);
    assert.equal(await client.controlTraining(second.request.run, 'stop'), true);
    await assert.rejects(second.done, { code: 'cancelled' });
    assert.equal((await first.done).state, 'finished');
    assert.equal(second.events.length, 0);
  });

  it('draws a picture between two steps', async () => {
    const run = start('yielding', 40);
    await until(() => run.steps() >= 2, 'two steps', 60_000);
    await client.generate(picture('between.png'));
    assert.ok(!run.has('finished'), 'the picture did not wait for the run');
    assert.equal((await run.done).step, 40);
  });
});
