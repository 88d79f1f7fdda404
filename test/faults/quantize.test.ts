/** `easel models quantize` in its own process, stopped: politely it leaves nothing, killed it is cleaned up after. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TINY_ICON } from '../../src/diffusion/test-support/tiny-request';

const checkout = resolve(__dirname, '../..');
const EASEL = ['--import', join(checkout, 'node_modules/tsx/dist/loader.mjs'), join(checkout, 'src/cli/main.ts')];

describe('a copy of a model that is stopped', function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'easel-quantize-'))));
  afterEach(() => rm(folder, { recursive: true }));

  const left = async () => (await readdir(folder)).filter((name) => name !== '.home').sort();
  const start = (...more: string[]) =>
    spawn(process.execPath, [...EASEL, 'models', 'quantize', TINY_ICON, '--out', 'copy', '--threads', '1', ...more], { cwd: folder, env: { ...process.env, EASEL_HOME: join(folder, '.home') }, stdio: 'ignore' });
  /** Ends the process as soon as it has begun to write. */
  const stopped = async (signal: 'SIGINT' | 'SIGKILL') => {
    const child = start('--steps', '200', '--pictures', '500');
    const exited = once(child, 'exit') as Promise<[number | null]>;
    while ((await left()).length === 0 && child.exitCode === null) await new Promise((tick) => setTimeout(tick, 10));
    child.kill(signal);
    return (await exited)[0];
  };

  it('by Ctrl-C ends with 3 and leaves nothing', async () => {
    assert.equal(await stopped('SIGINT'), 3);
    assert.deepEqual(await left(), []);
  });

  it('by a kill leaves a hidden folder, which the next one takes away', async () => {
    assert.equal(await stopped('SIGKILL'), null);
    assert.match((await left()).join(), /^\.copy\.\d+-[0-9a-f]{8}\.tmp$/);
    const [code] = (await once(start('--no-measure'), 'exit')) as [number];
    assert.equal(code, 0);
    assert.deepEqual(await left(), ['copy']);
  });
});
