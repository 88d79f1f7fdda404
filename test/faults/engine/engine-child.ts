/** The real engine child, bundled as it ships, for tests that fork it. */
import { build } from 'esbuild';
import { join, resolve } from 'node:path';

const checkout = resolve(__dirname, '../../..');
let built: Promise<string> | undefined;

/** Path of the bundle, made once per test run; it lies in the checkout so that it finds its native packages. */
export function engineChild(): Promise<string> {
  return (built ??= bundle());
}

async function bundle(): Promise<string> {
  const outfile = join(checkout, 'node_modules', '.cache', 'easel-test', 'engine-child.cjs');
  await build({ absWorkingDir: checkout, entryPoints: ['src/engine/child.ts'], outfile, bundle: true, platform: 'node', format: 'cjs', target: 'node20.19', external: ['onnxruntime-node', 'sharp'], logLevel: 'error' });
  return outfile;
}

/** Whether a process exists and is no zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until `condition` holds; rejects with `what` after `timeout` milliseconds. */
export async function until(condition: () => boolean, what: string, timeout = 10_000): Promise<void> {
  const end = Date.now() + timeout;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`${what} did not happen within ${timeout} ms`);
    await new Promise((tick) => setTimeout(tick, 10));
  }
}
