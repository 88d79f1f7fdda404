/**
 * Temporary files beside what they will become, so that renaming stays within one file system: `.easel-<pid>-<hex>.tmp`,
 * hidden, and short because names may be near the limit. A process that was killed leaves one behind; whoever next writes
 * in the folder removes it.
 */
import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const NAME = /^\.easel-(\d{1,10})-[0-9a-f]{8}\.tmp$/;

/** A process in another container or on another machine is not seen from here; it has not stopped writing for so long. */
const QUIET_MS = 10_000;

/** Those that this process is writing. */
const inUse = new Set<string>();

/** Calls `write` with a temporary name for `path`, and sees to it that no file of that name is left. */
export async function withTemporary<Result>(path: string, write: (temporary: string) => Promise<Result>): Promise<Result> {
  const temporary = join(dirname(path), `.easel-${process.pid}-${randomBytes(4).toString('hex')}.tmp`);
  inUse.add(temporary);
  try {
    return await write(temporary);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
    inUse.delete(temporary);
  }
}

/** Removes what processes that are no more have left in a folder. Never fails; what cannot be removed stays. */
export async function sweepTemporaries(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  await Promise.all(names.map((name) => sweep(join(folder, name), Number(NAME.exec(name)?.[1] ?? NaN)).catch(() => undefined)));
}

async function sweep(path: string, pid: number): Promise<void> {
  if (Number.isNaN(pid) || inUse.has(path) || (pid !== process.pid && isAlive(pid))) return;
  if (Date.now() - (await stat(path)).mtimeMs < QUIET_MS) return;
  await rm(path, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
