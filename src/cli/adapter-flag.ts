/** `--adapter FILE` or `--adapter FILE:WEIGHT`. */
import { basename, extname, resolve } from 'node:path';
import type { AdapterReference } from '../prompt';

/** The adapter is called as its file is, without the ending. A drive's colon is no weight. */
export function adapterFromFlag(given: string, cwd: string): AdapterReference {
  const [, file, weight] = /^(.*?)(?::(-?\d+(?:\.\d+)?))?$/.exec(given)!;
  const path = resolve(cwd, file!);
  return { id: basename(path, extname(path)), path, weight: weight === undefined ? 1 : Number(weight) };
}
