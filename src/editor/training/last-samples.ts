import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Run } from './run';
import type { RunLog } from './run-log';
import { requestIn, runsFolder } from './run-place';

/** Pairs that a hover shows. */
const SHOWN = 2;

/** The newest sample pictures of the run that wrote an adapter; none if its run is not here any more. */
export async function lastSamples(root: string, adapter: string): Promise<RunLog['samples']> {
  const names = await readdir(runsFolder(root)).catch(() => []);
  const logs = await Promise.all(names.map(async (name) => {
    const run = new Run(join(runsFolder(root), name));
    if ((await requestIn(run.folder))?.output !== adapter) return undefined;
    await run.read();
    return run.log;
  }));
  const [newest] = logs.filter((log) => log !== undefined).sort((a, b) => (b.last?.time ?? 0) - (a.last?.time ?? 0));
  const step = newest?.samples.at(-1)?.step;
  return newest?.samples.filter((sample) => sample.step === step).slice(0, SHOWN) ?? [];
}
