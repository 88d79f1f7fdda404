import assert from 'node:assert/strict';
import type { TrainEvent } from '../../prompt';
import { RunLog } from './run-log';

const step = (at: number, loss: number | null = 1): TrainEvent => ({ event: 'step', time: at, step: at, steps: 100, loss, learningRate: 1e-3, gradientNorm: 1, matchedRank: 2, tokenCosine: 0.1, secondsPerStep: 1, etaSeconds: 100 - at });
const started = (at: number): TrainEvent => ({ event: 'started', time: 0, step: at, run: '/run', name: 'cats', steps: 100, dataset: { pictures: 3, captions: 3, without: 0, training: 2, validation: 1, fingerprint: 'f' }, trainables: 1, modelParameters: 1000, blocks: [], threads: 1, runtime: 'x', revision: null, notes: [] });

describe('the log of a training run', () => {
  it('forgets what a crashed run did after its last checkpoint', () => {
    const log = new RunLog();
    for (const event of [started(0), step(1), step(2), step(3), { event: 'checkpoint', time: 2, step: 2, path: '/c' }, step(4, null)] as TrainEvent[]) log.add(event);
    assert.equal(log.step, 4);
    log.add(started(2));
    log.add({ event: 'resumed', time: 9, step: 2, from: 'checkpoint', notes: [] });
    assert.deepEqual(log.curve.points.step, [1, 2]);
    log.add(step(3, 7));
    assert.deepEqual(log.curve.points.loss, [1, 1, 7]);
    assert.equal(log.total, 100);
  });

  it('keeps everything over a pause in memory', () => {
    const log = new RunLog();
    for (const event of [started(0), step(1), { event: 'paused', time: 2, step: 1 }] as TrainEvent[]) log.add(event);
    assert.ok(log.isPaused);
    log.add({ event: 'resumed', time: 3, step: 1, from: 'memory', notes: [] });
    assert.ok(!log.isPaused);
    assert.deepEqual(log.curve.points.step, [1]);
  });

  it('trains again after its graph was opened anew in the middle', () => {
    const log = new RunLog();
    for (const event of [started(0), step(1), { event: 'preparing', time: 2, step: 1, what: 'graph', done: 0, total: 0 }] as TrainEvent[]) log.add(event);
    assert.equal(log.preparing?.what, 'graph');
    log.add(step(2));
    assert.deepEqual([log.preparing, log.step], [undefined, 2]);
  });

  it('says how it ended until it is taken up again', () => {
    const log = new RunLog();
    for (const event of [started(0), step(1), { event: 'failed', time: 2, step: 1, message: 'no space' }] as TrainEvent[]) log.add(event);
    assert.equal(log.ending?.event, 'failed');
    assert.equal(log.step, 1);
    log.add(started(1));
    assert.equal(log.ending, undefined);
  });
});
