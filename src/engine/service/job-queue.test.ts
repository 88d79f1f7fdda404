import assert from 'node:assert/strict';
import { JobQueue, type Lock } from './job-queue';
import type { AcquireOptions, Priority } from './device-lock';

/** A lock that counts, and that another process may want. */
class FakeLock implements Lock {
  held = 0;
  taken = 0;
  outside: Priority | null = null;
  /** While set, the device belongs to somebody else. */
  elsewhere: Promise<void> | null = null;

  async acquire({ onHeldBy, signal }: AcquireOptions) {
    if (this.elsewhere) {
      onHeldBy?.('another window');
      await this.elsewhere;
    }
    signal?.throwIfAborted();
    this.held++;
    this.taken++;
    assert.equal(this.held, 1, 'the device is held once');
    return { wantedBy: () => this.outside, release: async () => void this.held-- };
  }
}

const turnOfTheLoop = () => new Promise<void>((done) => setImmediate(done));

describe('the job queue', () => {
  it('runs one job at a time, in the order they came', async () => {
    const queue = new JobQueue(new FakeLock());
    const said: string[] = [];
    const job = (name: string) =>
      queue.run({
        priority: 'interactive',
        run: async () => {
          said.push(`${name} begins`);
          await turnOfTheLoop();
          said.push(`${name} ends`);
        },
      });
    await Promise.all([job('a'), job('b'), job('c')]);
    assert.deepEqual(said, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('lets the device go when nobody waits, and only then', async () => {
    const lock = new FakeLock();
    const queue = new JobQueue(lock);
    const run = () => queue.run({ priority: 'interactive', run: turnOfTheLoop });
    await Promise.all([run(), run()]);
    await turnOfTheLoop();
    assert.deepEqual([lock.held, lock.taken], [0, 1]);
  });

  it('serves an interactive job before a background one that came earlier', async () => {
    const queue = new JobQueue(new FakeLock());
    const order: string[] = [];
    const job = (name: string, priority: Priority) => queue.run({ priority, run: async () => void order.push(name) });
    await Promise.all([job('first', 'interactive'), job('training', 'background'), job('picture', 'interactive')]);
    assert.deepEqual(order, ['first', 'picture', 'training']);
  });

  it('has a background job give way at a step boundary and go on afterwards', async () => {
    const queue = new JobQueue(new FakeLock());
    const order: string[] = [];
    let picture: Promise<void> | undefined;
    await queue.run({
      priority: 'background',
      run: async (turn) => {
        order.push('step 1');
        picture = queue.run({ priority: 'interactive', run: async () => void order.push('picture') });
        assert.equal(turn.wanted, true);
        await turn.yield();
        assert.equal(turn.wanted, false);
        order.push('step 2');
      },
    });
    await picture;
    assert.deepEqual(order, ['step 1', 'picture', 'step 2']);
  });

  it('rejects a job cancelled while it waits, and runs those behind it', async () => {
    const queue = new JobQueue(new FakeLock());
    const cancel = new AbortController();
    const order: string[] = [];
    const first = queue.run({ priority: 'interactive', run: turnOfTheLoop });
    const second = queue.run({ priority: 'interactive', signal: cancel.signal, run: async () => void order.push('second') });
    const third = queue.run({ priority: 'interactive', run: async () => void order.push('third') });
    cancel.abort();
    await assert.rejects(second, { code: 'cancelled' });
    await Promise.all([first, third]);
    assert.deepEqual([order, queue.jobs], [['third'], 0]);
  });

  it('goes on after a job that failed', async () => {
    const queue = new JobQueue(new FakeLock());
    await assert.rejects(queue.run({ priority: 'interactive', run: async () => Promise.reject(new Error('no')) }), /no/);
    assert.equal(await queue.run({ priority: 'interactive', run: async () => 'yes' }), 'yes');
  });

  it('says how many are before a job, and who holds the device', async () => {
    const lock = new FakeLock();
    let free: () => void = () => {};
    lock.elsewhere = new Promise((done) => (free = done));
    const queue = new JobQueue(lock);
    const places: unknown[] = [];
    const first = queue.run({ priority: 'interactive', run: turnOfTheLoop });
    const second = queue.run({ priority: 'interactive', onWaiting: (place) => places.push(place), run: turnOfTheLoop });
    assert.deepEqual(places.at(-1), { ahead: 1, heldBy: 'another window' });
    free();
    await Promise.all([first, second]);
  });

  it('computes without the lock, and says so once, where the lock cannot be used', async () => {
    const queue = new JobQueue({ acquire: async () => Promise.reject(Object.assign(new Error('read-only'), { code: 'EROFS' })) });
    const told: unknown[] = [];
    queue.onLockFailed = (error) => told.push(error);
    assert.equal(await queue.run({ priority: 'interactive', run: async () => 1 }), 1);
    assert.equal(await queue.run({ priority: 'interactive', run: async () => 2 }), 2);
    assert.equal(told.length, 1);
  });
});
