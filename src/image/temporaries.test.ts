import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replaceFile } from './store';
import { sweepTemporaries, withTemporary } from './temporaries';

describe('temporary files', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'easel-temporaries-'))));
  afterEach(() => rm(folder, { recursive: true }));

  /** The number of a process that was and is no more. */
  const dead = () => spawnSync(process.execPath, ['-e', '']).pid;
  const leave = async (name: string, secondsAgo = 60) => {
    await writeFile(join(folder, name), 'half');
    await utimes(join(folder, name), new Date(), new Date(Date.now() - secondsAgo * 1000));
  };

  it('of processes that are no more are removed, and nothing else is', async () => {
    const kept = [`.easel-${process.ppid}-01234567.tmp`, `.easel-${dead()}-0123456.tmp`, `x.easel-${dead()}-01234567.tmp`, '.easel-x-01234567.tmp', 'a.png', '.heart.png.tmp'];
    for (const name of kept) await leave(name);
    await leave(`.easel-${dead()}-01234567.tmp`);
    await leave(`.easel-${process.pid}-89abcdef.tmp`); // an earlier process had this one's number
    await sweepTemporaries(folder);
    assert.deepEqual((await readdir(folder)).sort(), kept.sort());
    await sweepTemporaries(join(folder, 'nowhere'));
  });

  it('that are being written stay, in this process or where its number is unknown', async () => {
    const fresh = `.easel-${dead()}-01234567.tmp`;
    await leave(fresh, 1);
    await withTemporary(join(folder, 'a.png'), async (temporary) => {
      await writeFile(temporary, 'half');
      await utimes(temporary, 0, 0);
      await sweepTemporaries(folder);
      assert.equal((await readdir(folder)).length, 2);
    });
    assert.deepEqual(await readdir(folder), [fresh]);
  });

  it('are gone after the next file is written beside them', async () => {
    await leave(`.easel-${dead()}-01234567.tmp`);
    await replaceFile(join(folder, 'a.txt'), Buffer.from('a'));
    assert.deepEqual(await readdir(folder), ['a.txt']);
  });
});
