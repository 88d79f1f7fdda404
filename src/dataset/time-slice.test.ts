import assert from 'node:assert/strict';
import { TimeSlice } from './time-slice';

/** Keeps the process busy for so many milliseconds. */
const work = (ms: number) => { const until = performance.now() + ms; while (performance.now() < until); };
const asked = (slice: TimeSlice, times: number) => Array.from({ length: times }, () => slice.isOver());

describe('a slice of time', () => {
  it('is over after eight milliseconds, which is looked at every eighth time', () => {
    const slice = new TimeSlice();
    work(9);
    assert.deepEqual(asked(slice, 16), [false, false, false, false, false, false, false, true, false, false, false, false, false, false, false, true]);
  });

  it('begins anew with a rest, in which others have their turn', async () => {
    const told: string[] = [];
    const slice = new TimeSlice(undefined, () => told.push('told'));
    work(9);
    assert.equal(asked(slice, 8)[7], true);
    setImmediate(() => { told.push('another'); work(9); });
    await slice.rest();
    assert.deepEqual(told, ['told', 'another']);
    // Not even what others took counts.
    assert.equal(asked(slice, 8)[7], false);
  });

  it('ends a loop that was aborted, with the reason, once others have heard of it', async () => {
    const controller = new AbortController();
    let told = 0;
    const slice = new TimeSlice(controller.signal, () => told++);
    await slice.rest();
    setImmediate(() => controller.abort(new Error('enough')));
    await assert.rejects(slice.rest(), { message: 'enough' });
    assert.equal(told, 2);
  });
});
