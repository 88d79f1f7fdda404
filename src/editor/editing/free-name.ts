/** A name beside a picture that no file has yet. */
import { existsSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';

/** `heart.png` → `heart-edit.png`, `heart-edit-2.png`, …; an edit of an edit counts on. */
export function freeEditName(path: string, exists: (path: string) => boolean = existsSync): string {
  const stem = basename(path, extname(path)).replace(/-edit(?:-\d+)?$/, '');
  for (let n = 1; ; n++) {
    const candidate = join(dirname(path), `${stem}-edit${n === 1 ? '' : `-${n}`}.png`);
    if (!exists(candidate)) return candidate;
  }
}
