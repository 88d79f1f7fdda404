/** Removes what a killed engine left half-written; the pictures themselves appear by renaming and are never partial. */
import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Removes the temporary files of process `pid` beside the picture at `path`; `image/temporaries` names them, and a test holds the two together. */
export async function sweepTemporaries(path: string, pid: number): Promise<void> {
  const prefix = `.easel-${pid}-`;
  const names = await readdir(dirname(path)).catch((): string[] => []);
  const left = names.filter((name) => name.startsWith(prefix) && name.endsWith('.tmp'));
  await Promise.all(left.map((name) => rm(join(dirname(path), name), { force: true }).catch(() => {})));
}
