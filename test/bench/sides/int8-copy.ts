/** The int8 copy that a comparison draws with: made by `easel models quantize` once, and kept. */
import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { derivedRecord, hashModelFolder, readModelFolder, type DerivedRecord } from '../../../src/models';
import { checkout, TSX } from './side';

/**
 * The copy of `model` at `dir`, or why there is none. One that was made of other weights or for another number of threads is made
 * anew, which shows its progress; it is ended after `limit` seconds.
 */
export async function int8Copy(model: string, dir: string, threads: number, flags: readonly string[], limit: number): Promise<DerivedRecord | string> {
  const sha256 = await hashModelFolder(await readModelFolder(model, 'bench'));
  const known = existsSync(dir) ? derivedRecord(await readModelFolder(dir)) : undefined;
  const measuredHere = known?.speed === undefined || known.threads === threads; // by measuring layers are chosen
  if (known?.from.sha256 === sha256 && measuredHere) return known;
  rmSync(dir, { recursive: true, force: true });
  console.log(`  making the int8 copy ${dir}, at most ${limit} s: easel models quantize ${[model, ...flags].join(' ')}`);
  const home = `${dir}-home`;
  const args = ['models', 'quantize', model, '--out', dir, '--threads', String(threads), ...flags];
  const child = spawn(TSX[0]!, [...TSX.slice(1), join(checkout, 'src/cli/main.ts'), ...args], { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, EASEL_HOME: home } });
  const alarm = setTimeout(() => child.kill('SIGINT'), limit * 1000);
  await new Promise((resolve) => child.once('exit', resolve));
  clearTimeout(alarm);
  rmSync(home, { recursive: true, force: true });
  const made = existsSync(dir) ? derivedRecord(await readModelFolder(dir)) : undefined;
  return made ?? 'easel models quantize wrote none';
}
