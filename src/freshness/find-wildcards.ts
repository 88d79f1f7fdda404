/** Where `__x__` is looked for: `wildcards/` beside the prompt file, then beside its parents up to the root; the nearest wins. */
import { readdir, realpath } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { isInsideRoot } from '../prompt';

/** Collections that people share have some thousand files; beyond this a folder is something else. */
const MAX_FILES = 20_000;

/** Real paths of wildcard files by name (without `.txt`, `/` between folders). A link that leads out of the root is left out. */
export async function findWildcards(root: string, directory: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const realRoot = await realpath(root).catch(() => root);
  for (let folder = directory; isInsideRoot(root, folder); folder = dirname(folder)) {
    const wildcards = join(folder, 'wildcards');
    const entries = await readdir(wildcards, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries.slice(0, MAX_FILES)) {
      if (!entry.name.endsWith('.txt') || entry.isDirectory()) continue;
      const path = join(entry.parentPath, entry.name);
      const parts = relative(wildcards, path).split(sep);
      // macOS leaves `._colour.txt` beside `colour.txt` on other systems' disks, and `*` would draw from its bytes.
      if (parts.some((part) => part.startsWith('.'))) continue;
      const name = parts.join('/').slice(0, -'.txt'.length).normalize('NFC');
      const real = await realpath(path).catch(() => undefined);
      if (!found.has(name) && real !== undefined && isInsideRoot(realRoot, real)) found.set(name, real);
    }
    if (dirname(folder) === folder) break;
  }
  return found;
}
