/** Which seeds the files of a folder name, where a picture's path holds a seed that its block leaves open. */
import { readdir } from 'node:fs/promises';
import { dirname, relative, sep } from 'node:path';

/** A seed no other text of a path contains by chance: the largest. */
export const STAND_IN = (2n ** 64n - 1n).toString();

/**
 * Seeds (decimal) that stand where an absolute path has `STAND_IN`, in order of names, judged by the first file or folder
 * of the path that holds one; whether all of the path is there is the caller's to see. None if the folder cannot be read.
 */
export async function seedsThere(path: string): Promise<string[]> {
  const folder = dirname(`${path.slice(0, path.indexOf(STAND_IN))}x`);
  const [name = ''] = relative(folder, path).split(sep);
  const [before = '', ...after] = name.split(STAND_IN).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`^${before}(?<seed>\\d{1,20})${after.join('\\k<seed>')}$`);
  const names = await readdir(folder).catch((): string[] => []);
  // A name may have been written by a system that takes its letters apart.
  return names.sort().flatMap((one) => pattern.exec(one.normalize('NFC'))?.groups?.['seed'] ?? []);
}
