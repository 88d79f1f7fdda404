/** What lies in a dataset's folder. Nothing outside of it is ever read, and 100,000 files are listed in slices of time. */
import { opendir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { isInsideRoot } from '../prompt';
import { DatasetError } from './error';
import type { Lint } from './lint';
import type { TimeSlice } from './time-slice';

const MAX_FILES = 2_000_000;
const MAX_DEPTH = 32;
/** Entries read from a folder at once: large enough to be fast, small enough not to hold anybody up. */
const BUFFER = 256;

/**
 * Regular files below `root` (absolute, links resolved) as relative paths with forward slashes, in order of code units.
 * Hidden files and folders are no part of a dataset. A linked file counts if it lies inside; a link that leads out, to a
 * folder or to nothing is refused with a remark. Throws `DatasetError` for a folder too large or too deep to be a dataset.
 */
export async function listFiles(root: string, slice: TimeSlice, onFile: () => void): Promise<{ files: string[]; refused: Lint[] }> {
  const files: string[] = [];
  const refused: Lint[] = [];
  const folders = [{ path: '', depth: 0 }];
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    const { path: below, depth } = folder;
    if (depth > MAX_DEPTH) throw new DatasetError(`${join(root, below)} is nested more than ${MAX_DEPTH} folders deep; open the folder that holds the pictures`);
    const opened = await opendir(join(root, below), { bufferSize: BUFFER }).catch((error: NodeJS.ErrnoException) => {
      if (below !== '' && error.code === 'ENOENT') return null; // taken away while its neighbours were listed
      throw error;
    });
    if (opened === null) continue;
    for await (const entry of opened) {
      if (entry.name.startsWith('.')) continue;
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) folders.push({ path, depth: depth + 1 });
      else if (entry.isFile()) files.push(path);
      else if (entry.isSymbolicLink()) {
        const problem = await problemOfLink(root, path);
        if (problem === null) files.push(path);
        else refused.push({ code: 'outside-folder', severity: 'error', message: `${path} ${problem}`, where: { file: path } });
      }
      onFile();
      if (files.length > MAX_FILES) throw new DatasetError(`${root} holds more than ${MAX_FILES} files; open the folder that holds the pictures`);
      if (slice.isOver()) await slice.rest();
    }
  }
  return { files: await sorted(files, slice), refused };
}

/** Why a file (relative) is no part of the dataset, though its name stands there; `null` if it is. */
export async function problemOfLink(root: string, path: string): Promise<string | null> {
  const target = await realpath(join(root, path)).catch(() => null);
  if (target === null) return 'is a link to nothing; fetch the file, or delete the link';
  if (!isInsideRoot(root, target)) return `is a link out of the dataset's folder (to ${target}) and is not read; put the file itself there`;
  if (!(await stat(target)).isFile()) return 'is a link to a folder and is not followed; put the folder itself there';
  // Hidden folders are no part of the dataset, so a link must not bring one in.
  if (relative(root, target).split(sep).some((part) => part.startsWith('.'))) return 'is a link to a hidden file and is not read; put the file itself there';
  return null;
}

/** A merge sort that rests: sorting 100,000 paths at once would hold a process up for a tenth of a second. */
async function sorted(paths: string[], slice: TimeSlice): Promise<string[]> {
  let runs: string[][] = [];
  for (let at = 0; at < paths.length; at += 2048) {
    runs.push(paths.slice(at, at + 2048).sort());
    if (slice.isOver()) await slice.rest();
  }
  while (runs.length > 1) {
    const merged: string[][] = [];
    for (let at = 0; at < runs.length; at += 2) merged.push(await merge(runs[at]!, runs[at + 1] ?? [], slice));
    runs = merged;
  }
  return runs[0] ?? [];
}

async function merge(left: readonly string[], right: readonly string[], slice: TimeSlice): Promise<string[]> {
  const out: string[] = [];
  let [l, r] = [0, 0];
  while (l < left.length && r < right.length) {
    out.push(left[l]! <= right[r]! ? left[l++]! : right[r++]!);
    if ((out.length & 1023) === 0 && slice.isOver()) await slice.rest();
  }
  return out.concat(left.slice(l), right.slice(r));
}
