import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrainEvent } from '../../prompt';
import { EventsFile } from './events-file';
import { Run } from './run';

const step = (at: number, loss = 1): TrainEvent => ({ event: 'step', time: at, step: at, steps: 100, loss, learningRate: 1e-3, gradientNorm: 1, matchedRank: 2, tokenCosine: 0.1, secondsPerStep: 1, etaSeconds: 100 - at });
const failed = (message: string): TrainEvent => ({ event: 'failed', time: 2, step: 1, message });
const line = (event: TrainEvent) => `${JSON.stringify(event)}\n`;

describe('a run that is read from its folder', () => {
  let folder: string;
  let events: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-run-'));
    events = join(folder, 'events.jsonl');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const steps = (run: Run) => run.log.curve.points.step;
  const read = async (run: Run) => {
    await run.read();
    return steps(run);
  };

  it('goes on with what was added, a line that is still being written included, in any language', async () => {
    const run = new Run(folder);
    assert.deepEqual(await read(run), []);
    const last = Buffer.from(line(failed('größer als 2 €')));
    const middle = last.indexOf('ß') + 1;
    await writeFile(events, Buffer.concat([Buffer.from(line(step(1)) + '{"event":"nonsense"}\n'), last.subarray(0, middle)]));
    const { log } = run;
    assert.deepEqual(await read(run), [1]);
    const kept = run.log;
    assert.notEqual(kept, log);
    await appendFile(events, last.subarray(middle));
    await Promise.all([run.read(), run.read()]);
    assert.deepEqual([steps(run), run.log === kept, run.log.ending?.event === 'failed' && run.log.ending.message], [[1], true, 'größer als 2 €']);
  });

  it('reads no line twice', async () => {
    const file = new EventsFile(events);
    const added = async () => {
      const all: TrainEvent[] = [];
      for await (const part of file.added()) all.push(...part.events);
      return all.length;
    };
    // More than one part of a stream.
    await writeFile(events, Array.from({ length: 1000 }, (_, at) => line(step(at))).join(''));
    assert.equal(await added(), 1000);
    await appendFile(events, line(step(1000)));
    assert.deepEqual([await added(), await added()], [1, 0]);
  });

  it('begins again with another file, a shorter one, or none', async () => {
    const run = new Run(folder);
    await writeFile(events, line(step(1)) + line(step(2)));
    assert.deepEqual(await read(run), [1, 2]);
    await writeFile(`${events}.new`, line(step(5)) + line(step(6)) + line(step(7)));
    await rename(`${events}.new`, events);
    assert.deepEqual(await read(run), [5, 6, 7]);
    await writeFile(events, line(step(3)));
    assert.deepEqual(await read(run), [3]);
    await rm(events);
    assert.deepEqual(await read(run), []);
  });

  it('believes the engine while this window makes it, and the file after that', async () => {
    const run = new Run(folder);
    await writeFile(events, line(step(1)));
    await run.read();
    const reading = run.read();
    run.isLive = true;
    run.hear(step(2));
    await appendFile(events, line(step(2)));
    await reading;
    assert.deepEqual(await read(run), [1, 2]);
    run.isLive = false;
    assert.deepEqual(await read(run), [1, 2]);
  });
});
