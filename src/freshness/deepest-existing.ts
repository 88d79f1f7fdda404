import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';

/** Real path of the deepest part of a path that exists; what follows it holds no link. `undefined` if none can be read. */
export function deepestExisting(path: string): string | undefined {
  for (let part = path; ; part = dirname(part)) {
    const real = realPath(part);
    if (real !== undefined || dirname(part) === part) return real;
  }
}

/** As the disk spells it, where it does not tell case apart; by Node's own walk, where the system's call fails (some RAM disks on Windows). */
function realPath(path: string): string | undefined {
  for (const real of [realpathSync.native, realpathSync]) {
    try {
      return real(path);
    } catch {
      continue;
    }
  }
  return undefined;
}
