/**
 * What 100,000 captioned pictures cost an extension host: reading the folder, linting the captions, filtering them, and how
 * long the process was away from everything else meanwhile. The real editor's figures are in dataset.e2e.ts.
 */
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { lintDataset, readDataset } from '../../src/dataset';
import { viewDataset } from '../../src/editor/dataset/dataset-view';

const PICTURES = 100_000;
const FOLDERS = 4;

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'easel-bench-dataset-'));
  try {
    makePictures(folder);
    const dataset = await measured('reading', () => readDataset(folder));
    const lints = await measured('linting captions', () => lintDataset(dataset));
    await measured('filtering', () => viewDataset(dataset, lints, { text: 'number 5', show: 'all' }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One file under many names: what is in it is not read here. */
function makePictures(folder: string): void {
  for (let part = 0; part < FOLDERS; part++) {
    const inside = join(folder, String(part));
    mkdirSync(inside);
    writeFileSync(join(inside, '0.png'), 'x');
    const lines = Array.from({ length: PICTURES / FOLDERS }, (_, index) => {
      if (index > 0) linkSync(join(inside, '0.png'), join(inside, `${index}.png`));
      return JSON.stringify({ file_name: `${index}.png`, text: `bars number ${index} of ${part}` });
    });
    writeFileSync(join(inside, 'metadata.jsonl'), `${lines.join('\n')}\n`);
  }
}

async function measured<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const [began, before] = [performance.now(), process.cpuUsage()];
  delay.enable();
  const result = await work();
  delay.disable();
  const { user, system } = process.cpuUsage(before);
  console.log(`${what}: ${(performance.now() - began).toFixed(0)} ms, ${((user + system) / 1000).toFixed(0)} ms of processor, away at most ${(delay.max / 1e6).toFixed(0)} ms, 99 % of the time under ${(delay.percentile(99) / 1e6).toFixed(0)} ms`);
  return result;
}

void main();
