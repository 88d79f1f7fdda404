import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeviceLock } from './device-lock';

describe('the device lock', function () {
  this.timeout(30_000);
  let directory: string;
  beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), 'easel-lock-'))));
  afterEach(() => rm(directory, { recursive: true, force: true }));
  const lock = (label: string) => new DeviceLock({ directory, device: 'cpu', label });
  const ask = (since = 0) => ({ priority: 'interactive' as const, since });

  it('has one holder at a time, in the order in which they began to wait', async () => {
    const first = await lock('a').acquire(ask());
    const order: string[] = [];
    const wait = async (label: string, since: number) => {
      const hold = await lock(label).acquire(ask(since));
      order.push(label);
      await hold.release();
    };
    const later = wait('later', 2);
    const sooner = wait('sooner', 1);
    while (first.wantedBy() === null) await new Promise((done) => setTimeout(done, 5));
    await new Promise((done) => setTimeout(done, 100)); // both have knocked
    await first.release();
    await Promise.all([later, sooner]);
    assert.deepEqual(order, ['sooner', 'later']);
  });

  it('says who holds the device, and gives up when cancelled', async () => {
    const hold = await lock('the other window').acquire(ask());
    const cancel = new AbortController();
    let holder = '';
    const waiting = lock('me').acquire({ ...ask(), signal: cancel.signal, onHeldBy: (who) => { holder = who; cancel.abort(); } });
    await assert.rejects(waiting, { code: 'cancelled' });
    assert.match(holder, /^the other window \(process \d+\)$/);
    await hold.release();
    await (await lock('me').acquire(ask())).release();
  });

  it('is free when its holder was killed', async () => {
    const script = `import { DeviceLock } from ${JSON.stringify(join(__dirname, 'device-lock'))};
      new DeviceLock({ directory: ${JSON.stringify(directory)}, device: 'cpu', label: 'doomed' }).acquire({ priority: 'interactive', since: 0 })
        .then(() => { console.log('held'); setInterval(() => {}, 1000); });`;
    const file = join(directory, 'hold.ts');
    await writeFile(file, script);
    const child = spawn(process.execPath, ['--import', join(__dirname, '../../../node_modules/tsx/dist/loader.mjs'), file], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await (await lock('heir').acquire(ask())).release();
  });

  it('survives rubbish in its folder', async () => {
    await writeFile(join(directory, 'cpu.7.lock'), '{not json');
    await (await lock('a').acquire(ask())).release();
  });
});
