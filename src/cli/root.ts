/** The root that pictures stay inside: `--root`, else the Git top level, else the file's own folder. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isInsideRoot } from '../prompt';
import { CliError, EXIT } from './io';

/** `path` is a prompt file or the folder to start from; absolute. A `.git` file (a worktree) counts as a top level too. */
export function findRoot(path: string, given: string | undefined, cwd: string): string {
  const start = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : dirname(path);
  if (given !== undefined) {
    const root = resolve(cwd, given);
    if (!isInsideRoot(root, start)) throw new CliError(EXIT.wrongUse, `${path} is not inside --root ${root}; give a folder that holds it`);
    return root;
  }
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder;
    if (dirname(folder) === folder) return start;
  }
}
