/**
 * The only way a picture reaches the disk. A reader sees the old picture or the whole new one; a file that Easel did not
 * write is never replaced; a picture that is replaced is kept in `<root>/.easel/history/`, under the path it had.
 */
import { randomBytes } from 'node:crypto';
import { constants, copyFile, link, lstat, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join, relative } from 'node:path';
import { readPictureMetadata } from './metadata';
import { sweepTemporaries, withTemporary } from './temporaries';

/** What Easel keeps beside a root's pictures. */
const OWN_FOLDER = '.easel';

/** A picture that could not be written; one line: what, where, what to do. Nothing has changed on disk. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError';
  constructor(
    readonly code: 'not-ours' | 'disk',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Something that Easel did not write lies where the picture should go. */
export class NotOursError extends StoreError {
  override readonly name = 'NotOursError';
  constructor(path: string, why: string) {
    super('not-ours', `${path} was not written by Easel (${why}); move it away, or choose another \`out\``);
  }
}

export interface WrittenPicture {
  /** Where the picture that was there went, if there was one and a history is kept. */
  replaced: string | null;
}

/** May the file be replaced: did Easel write it, and can that be read? A damaged file is not known to be ours. */
export function isOurs(bytes: Uint8Array): boolean {
  const { easel, problem } = readPictureMetadata(bytes);
  return easel !== null && problem === null;
}

/**
 * Writes a finished PNG to the absolute `path`; `root` holds the history, `null` keeps none. With `isNew` there may be
 * nothing at `path`, not even a picture of ours.
 * Rejects with `NotOursError`, or `StoreError` (`disk`) when the disk is full, read-only or forbidden.
 */
export async function writePicture({ png, path, root, isNew = false }: { png: Uint8Array; path: string; root: string | null; isNew?: boolean }): Promise<WrittenPicture> {
  await refuse(path, isNew);
  let kept: string | null = null;
  try {
    await makeFolder(dirname(path));
    if (root !== null && isBelow(join(root, OWN_FOLDER), path)) await keepOutOfGit(root);
    await sweepTemporaries(dirname(path));
    return await withTemporary(path, async (temporary) => {
      await writeWhole(temporary, png);
      // Checked again: drawing and writing take time, and a file may have appeared meanwhile.
      const existing = await refuse(path, isNew);
      if (existing && root !== null) kept = await keepInHistory(path, root);
      if (existing) await rename(temporary, path);
      else await appear(temporary, path);
      return { replaced: kept };
    });
  } catch (error) {
    if (kept !== null) await rm(kept, { force: true }).catch(() => undefined);
    throw error instanceof StoreError ? error : diskError(error, path);
  }
}

/** Writes a file whole, in place of what is there: a reader sees the old one or the new one. Rejects with `StoreError`. */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await makeFolder(dirname(path));
    await sweepTemporaries(dirname(path));
    await withTemporary(path, async (temporary) => {
      await writeWhole(temporary, bytes);
      await rename(temporary, path);
    });
  } catch (error) {
    throw diskError(error, path);
  }
}

async function refuse(path: string, isNew: boolean): Promise<boolean> {
  const existing = await refuseForeign(path);
  if (existing && isNew) throw new StoreError('not-ours', `${path} exists already and is not overwritten; choose another name`);
  return existing;
}

/** Is there a picture of ours at `path`? Throws `NotOursError` when there is anything else. */
async function refuseForeign(path: string): Promise<boolean> {
  try {
    const stats = await lstat(path);
    if (!stats.isFile()) throw new NotOursError(path, stats.isDirectory() ? 'it is a folder' : 'it is a link or a device');
    const bytes = await readFile(path);
    if (!isOurs(bytes)) throw new NotOursError(path, readPictureMetadata(bytes).problem ?? 'it has no easel chunk');
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return false;
    throw error instanceof StoreError ? error : diskError(error, path);
  }
}

/** Like `mkdir -p`. Node's own `recursive` reports a read-only file system as "no such file". */
async function makeFolder(path: string): Promise<void> {
  if (await isFolder(path)) return;
  if (dirname(path) !== path) await makeFolder(dirname(path));
  await mkdir(path).catch(async (error: unknown) => {
    if (!(await isFolder(path))) throw error; // another process may have made it meanwhile
  });
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Gives a finished file its name, only if nothing has that name: `link` fails where `rename` would overwrite. */
async function appear(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw new NotOursError(path, 'it appeared while the picture was drawn');
    await rename(temporary, path); // a file system without hard links
  }
}

/** A second name (or a copy) for the picture at `path`, so that replacing it loses nothing and leaves no gap. */
async function keepInHistory(path: string, root: string): Promise<string> {
  const place = isBelow(root, path) ? relative(root, path) : basename(path);
  const stem = place.slice(0, place.length - extname(place).length);
  const folder = join(root, OWN_FOLDER, 'history');
  const stamp = new Date().toISOString().replace(/[-:.]/g, '');
  const kept = join(folder, `${stem}-${stamp}-${randomBytes(2).toString('hex')}${extname(place)}`);
  await makeFolder(dirname(kept));
  await keepOutOfGit(root);
  try {
    await link(path, kept);
  } catch {
    await copyFile(path, kept, constants.COPYFILE_EXCL);
  }
  return kept;
}

/**
 * Makes `<root>/.easel`, and has it say itself that nothing in it (history, candidates, runs, reports) is to be committed,
 * whatever the repository's own rules are.
 */
export async function keepOutOfGit(root: string): Promise<void> {
  await makeFolder(join(root, OWN_FOLDER));
  await writeFile(join(root, OWN_FOLDER, '.gitignore'), '*\n', { flag: 'wx' }).catch(ignoreExisting);
}

function isBelow(folder: string, path: string): boolean {
  const inside = relative(folder, path);
  return !/^\.\.(?:[/\\]|$)/.test(inside) && !isAbsolute(inside);
}

const DISK_ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space and generate again',
  EDQUOT: 'the disk quota is used up; free some space and generate again',
  EFBIG: 'files may not become this large here; raise the limit (`ulimit -f`) and generate again',
  EROFS: 'the file system is read-only; choose another `out`',
  EACCES: 'permission denied; make the folder writable or choose another `out`',
  EPERM: 'not permitted; make the folder writable or choose another `out`',
  ENAMETOOLONG: 'the name is too long for this file system; shorten the block\'s name or `out`',
  ENOTDIR: 'a part of the path is a file, not a folder; choose another `out`',
  EEXIST: 'a part of the path is a file, not a folder; choose another `out`',
};

function diskError(error: unknown, path: string): StoreError {
  const advice = DISK_ADVICE[codeOf(error) ?? ''] ?? `${error instanceof Error ? error.message : String(error)}; choose another \`out\``;
  return new StoreError('disk', `cannot write ${path}: ${advice}`, { cause: error });
}

function ignoreExisting(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') throw error;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
