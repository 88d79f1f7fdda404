/** Which graphs draw for a model: its own, or those of the int8 copy that was made of it on this machine. */
import { derivedRecord, hashModelFolder, int8CopyFolder, readInt8Copy, readModelFolder, type ModelFolder } from '../../models';
import { processor, runtimeName } from '../../runtime';
import { DiffusionError } from '../error';

/**
 * `fp32`: the model as it is, on every machine. `auto`: the int8 copy if `easel models quantize` has made one here, else
 * the model. `int8`: the copy, or an error. A copy is never made on the way: what a picture looks like changes only when
 * somebody asked for it.
 */
export const PRECISIONS = ['fp32', 'auto', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** The folder to open, under the model's own name and identity. Throws `DiffusionError` (`bad-request`) for `int8` without a copy. */
export async function folderAtPrecision(folder: ModelFolder, precision: Precision, threads: number): Promise<{ folder: ModelFolder; precision: 'fp32' | 'int8' }> {
  const own = derivedRecord(folder)?.precision === 'int8' ? 'int8' : 'fp32';
  if (precision === 'fp32' || own === 'int8') return { folder, precision: own };
  const machine = { runtime: await runtimeName(), processor: processor().name, threads };
  const copy = await readInt8Copy(int8CopyFolder({ id: folder.id, sha256: await hashModelFolder(folder), ...machine }));
  if (copy) return { folder: { ...folder, components: (await readModelFolder(copy.dir, folder.id)).components }, precision: 'int8' };
  if (precision === 'auto') return { folder, precision: 'fp32' };
  throw new DiffusionError('bad-request', `there is no int8 copy of ${folder.id} for this machine and ${threads} threads; make one with \`easel models quantize ${folder.id}\`, or draw with --precision auto`);
}
