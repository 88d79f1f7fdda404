/** Drawing with a provider that may be anything, in processes that may end: whatever happens is one line, and this process lives on. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TINY_ICON } from '../../../src/diffusion/test-support/tiny-request';
import { tryProvider } from '../../../src/engine/service/try-provider';
import { readModelFolder } from '../../../src/models';
import { engineChild } from './engine-child';

describe('the trial of a provider', function () {
  this.timeout(60_000);
  const attempt = async (provider: 'cpu' | 'dml' | 'cuda', changes: { childPath?: string; signal?: AbortSignal } = {}) =>
    tryProvider({ folder: await readModelFolder(TINY_ICON), provider, childPath: await engineChild(), signal: new AbortController().signal, ...changes });
  const leftovers = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('easel-trial-'));

  it('that draws what the processor draws says how fast it is', async () => {
    const before = await leftovers();
    const { works, reason, speed = 0 } = await attempt('cpu');
    assert.deepEqual([works, reason], [true, undefined]);
    assert.ok(speed > 0.1 && speed < 10, `the processor is ${speed} times as fast as itself`);
    assert.deepEqual(await leftovers(), before);
  });

  it('that cannot draw, whose process ends, or that is given up', async () => {
    const absent = await attempt(process.platform === 'win32' ? 'cuda' : 'dml');
    assert.deepEqual([absent.works, absent.reason?.includes('\n')], [false, false]);
    const folder = await mkdtemp(join(tmpdir(), 'easel-aborting-'));
    const childPath = join(folder, 'child.cjs');
    await writeFile(childPath, 'process.abort();');
    const crashed = await attempt('cpu', { childPath });
    assert.equal(crashed.works, false);
    assert.match(crashed.reason ?? '', /ended by SIGABRT/);
    await rm(folder, { recursive: true });
    await assert.rejects(attempt('cpu', { signal: AbortSignal.abort() }), { code: 'cancelled' });
  });
});
