/** What a process leaves that is killed while it writes: the client removes its engine's at once, the next drawing anybody's. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { easel } from '../../src/cli/test-support/command';
import { TINY_ICON } from '../../src/diffusion/test-support/tiny-request';
import { sweepTemporaries } from '../../src/engine/client-sweep';
import { withTemporary } from '../../src/image/temporaries';

describe('a half-written picture', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'easel-leftovers-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it('of an engine that was killed is removed by its client at once', async () => {
    await withTemporary(join(folder, 'heart.png'), async (temporary) => {
      await writeFile(temporary, 'half');
      await sweepTemporaries(join(folder, 'heart.png'), process.pid);
      assert.deepEqual(await readdir(folder), []);
    });
  });

  it('of a command line that was killed is removed by the next drawing in its folder', async () => {
    const script = `const { default: { withTemporary } } = await import('./src/image/temporaries.ts'); const { writeFileSync } = await import('node:fs');
      await withTemporary(${JSON.stringify(join(folder, 'heart.png'))}, async (temporary) => { writeFileSync(temporary, 'half'); process.kill(process.pid, 'SIGKILL'); await new Promise(() => {}); });`;
    const killed = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
    assert.equal(killed.signal, 'SIGKILL', killed.stderr.toString());
    const [left = '', ...others] = await readdir(folder);
    assert.ok(left.endsWith('.tmp'));
    assert.deepEqual(others, []);
    await utimes(join(folder, left), new Date(), new Date(Date.now() - 60_000));
    const said = await easel(folder, ['generate', '--prompt', 'a heart', '--model', TINY_ICON, '--steps', '1', '--size', '64x64', '-o', 'star.png']);
    assert.equal(said.code, 0, said.err.join('\n'));
    assert.deepEqual(await readdir(folder), ['star.png']);
  });
});
