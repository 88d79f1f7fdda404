/** Making a model folder that appears whole or not at all. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { parseTolerantJson, type DerivedRecord, type ModelFolder } from '../../models';
import type { Model } from '../../onnx';
import { DiffusionError } from '../error';

/**
 * Calls `make` with an empty folder beside `dir` and gives it the name `dir` if `make` returns true. Whatever happens,
 * nothing else is left there. Something that is at `dir` already is replaced only if `replaces` says so.
 */
export async function appearWhole(dir: string, replaces: boolean, make: (temporary: string) => Promise<boolean>): Promise<boolean> {
  const temporary = join(dirname(dir), `.${basename(dir)}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`);
  try {
    await sweep(dir);
    await mkdir(temporary, { recursive: true });
    if (!(await make(temporary))) return false;
    const old = replaces && (await stat(dir).catch(() => undefined)) ? `${temporary}.old` : undefined;
    if (old !== undefined) await rename(dir, old);
    await rename(temporary, dir).catch(async (error: unknown) => {
      if (old !== undefined) await rename(old, dir);
      throw error;
    });
    if (old !== undefined) await rm(old, { recursive: true });
    return true;
  } catch (error) {
    throw explained(error, dir);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Removes what a process left that was killed while it made `dir`. */
async function sweep(dir: string): Promise<void> {
  const start = `.${basename(dir)}.`;
  for (const name of await readdir(dirname(dir)).catch(() => [])) {
    const pid = name.startsWith(start) ? /^(\d+)-[0-9a-f]{8}\.tmp(?:\.old)?$/.exec(name.slice(start.length))?.[1] : undefined;
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(dirname(dir), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function explained(error: unknown, dir: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === 'rename' && (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR')) return new DiffusionError('failed', `cannot write ${dir}: something is there already; choose another folder with --out`, { cause: error });
  if (code === 'ENOSPC') return new DiffusionError('failed', `cannot write ${dir}: the disk is full; free some space, or choose another folder with --out`, { cause: error });
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return new DiffusionError('failed', `cannot write ${dir}: permission denied; choose another folder with --out`, { cause: error });
  return error;
}

/**
 * Everything of a model but the graphs that have been replaced: other parts as they are, `model_index.json` and the model
 * card with a word on what this was derived from.
 * @param replaced the graphs that were written anew, as they were read
 */
export async function copyRest(folder: ModelFolder, replaced: readonly Model[], dir: string, record: DerivedRecord): Promise<void> {
  const gone = new Set(replaced.flatMap((model) => [model.file ?? '', ...externalFiles(model)]).map((file) => relative(folder.dir, file).replaceAll('\\', '/')));
  for (const { path } of folder.files) {
    if (gone.has(path) || path === 'model_index.json' || path === 'README.md') continue;
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await copyFile(join(folder.dir, path), join(dir, path), constants.COPYFILE_FICLONE);
  }
  const index = await readFile(join(folder.dir, 'model_index.json'), 'utf8').then(parseTolerantJson, () => ({}));
  await writeFile(join(dir, 'model_index.json'), `${JSON.stringify({ ...(index as object), _easel_derived: record }, null, 2)}\n`);
  const card = await readFile(join(folder.dir, 'README.md'), 'utf8').catch(() => '');
  await writeFile(join(dir, 'README.md'), withNote(card, record));
}

function externalFiles({ graph }: Model): string[] {
  return [...graph.initializers.values()].flatMap(({ data }) => (data.kind === 'file' && data.external ? [data.file] : []));
}

/** The card's YAML header stays first. */
function withNote(card: string, { precision, from, runtime, processor, quality, speed }: DerivedRecord): string {
  const facts = [
    `> **Derived.** An ${precision} copy of \`${from.id}\` (SHA-256 \`${from.sha256}\`), made by \`easel models quantize\` for ${runtime} on ${processor}.`,
    ...(quality ? [`> Against the original over ${quality.pictures} pictures of ${quality.steps} steps: latents differ by ${percent(quality.latentMean)} (at most ${percent(quality.latentMax)}), pixels by ${percent(quality.pictureMean)} of full scale (at most ${percent(quality.pictureMax)}).`] : []),
    ...(speed ? [`> It was ${speed.ratio.toFixed(2)}x as fast there.`] : []),
    '> What follows is the original\'s card; its figures are the original\'s.',
  ];
  const header = /^---\r?\n[\s\S]*?\r?\n---\r?\n/.exec(card)?.[0] ?? '';
  return `${header}${header === '' ? '' : '\n'}${facts.join('\n')}\n\n${card.slice(header.length).trimStart()}`;
}

export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(fraction < 0.1 ? 2 : 1)} %`;
}
