/** A model folder is read as a closed box: nothing in it may lead out of it. */
import { lstat, readdir, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { ModelError } from './error';

/** A folder with more files than this is not a model. */
const MAX_FILES = 10_000;
const MAX_DEPTH = 6;

export interface FolderFile {
  /** Relative to the folder, with forward slashes on every system. */
  readonly path: string;
  readonly size: number;
  readonly modified: number;
}

/**
 * Every regular file below `dir`, sorted by path. Hidden files and folders are no part of a model and are left out.
 * A symbolic link is followed if it stays inside, and inside the hub cache also to its `blobs/`; any other is refused.
 */
export async function filesOf(dir: string): Promise<FolderFile[]> {
  const files: FolderFile[] = [];
  const allowed = await allowedRoots(dir);
  await walk(dir, 0);
  return files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));

  async function walk(folder: string, depth: number): Promise<void> {
    if (depth > MAX_DEPTH) throw new ModelError(`${folder} is nested too deeply for a model folder; point model: at the folder that holds model_index.json`);
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const path = join(folder, entry.name);
      const target = entry.isSymbolicLink() ? await resolved(path) : path;
      if (!allowed.some((root) => isBelow(root, target)) && target !== path) {
        throw new ModelError(`${path} is a link out of the model folder (to ${target}); put the file itself there`);
      }
      const found = await lstat(target);
      if (found.isDirectory()) await walk(entry.isSymbolicLink() ? refuseLoop(path) : path, depth + 1);
      else if (found.isFile()) files.push({ path: relative(dir, path).split(sep).join('/'), size: found.size, modified: found.mtimeMs });
      if (files.length > MAX_FILES) throw new ModelError(`${dir} holds more than ${MAX_FILES} files; point model: at the folder that holds model_index.json`);
    }
  }
}

function refuseLoop(path: string): never {
  throw new ModelError(`${path} is a link to a folder; put the folder itself there`);
}

async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    throw new ModelError(`${path} is a link to nothing; fetch the model again`);
  }
}

/** The folder itself and, for a snapshot in the hub's cache (`models--x--y/snapshots/<commit>`), its `blobs/`. */
async function allowedRoots(dir: string): Promise<string[]> {
  const real = await resolved(dir);
  const snapshot = /^(.*[\\/]models--[^\\/]+)[\\/]snapshots[\\/][^\\/]+$/.exec(real);
  return snapshot ? [real, join(snapshot[1]!, 'blobs')] : [real];
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && !/^\.\.(?:[\\/]|$)/.test(way) && !isAbsolute(way);
}
