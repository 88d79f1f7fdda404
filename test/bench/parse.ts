/**
 * Reading prompt files: 10,000 lines (aim: under 20 ms) and a megabyte in one. Processor time of the
 * thread that parses, because a machine is seldom idle: the first parse of a fresh process, and what it settles at. The
 * language is bundled as the editor's is.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { threadTime } from '../support/thread-time.mjs';

const AIM = 20;
const FRESH = 7;
const WARM = 10;

const block = (n: number) => `# block ${n}\n(red:1.2) heart {a|b} icon on a __colour__ circle\n// a remark\nNegative prompt: outline\nSteps: 30, CFG scale: 4, Seed: ${n}\n`;
const blocks = Array.from({ length: 2000 }, (_, n) => block(n)).join('');
const FILES: Record<string, string> = {
  '10,000 lines of blocks': blocks,
  '10,000 lines of blocks, CRLF': blocks.replaceAll('\n', '\r\n'),
  '10,000 lines of one block': 'red heart icon on a blue circle\n'.repeat(10_000),
  '10,000 headings': '# a\n'.repeat(10_000),
  'a megabyte of blocks': Array.from({ length: 9_000 }, (_, n) => block(n)).join(''),
  'a megabyte of variants in one line': '{a|b} '.repeat(166_667),
};

const CLOCK = new URL('../support/thread-time.mjs', import.meta.url);

interface Language {
  parse(text: string, options: { fileName: string; language: 't2i' }): { lines: unknown[] };
  print(document: { lines: unknown[] }): string;
}

/** Milliseconds of this thread's processor time, over `times` calls because it is counted in ticks. */
function cost(work: () => void, times: number): number {
  const before = threadTime();
  for (let i = 0; i < times; i++) work();
  return (threadTime() - before) / times;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'easel-bench-'));
  try {
    const bundle = join(folder, 'prompt.cjs');
    buildSync({ entryPoints: ['src/prompt/index.ts'], outfile: bundle, bundle: true, minify: true, platform: 'node', format: 'cjs', target: 'node20.19', logLevel: 'error' });
    const { parse, print } = createRequire(import.meta.url)(bundle) as Language;
    console.log(`reading prompt files, ms of one thread, Node ${process.versions.node}, load ${loadavg()[0]?.toFixed(1)} (aim: 10,000 lines under ${AIM})`);
    for (const [name, text] of Object.entries(FILES)) {
      const once = () => parse(text, { fileName: 'a.t2i', language: 't2i' });
      const first = Array.from({ length: FRESH }, () => firstParse(bundle, text));
      const warm = Array.from({ length: FRESH }, () => cost(once, WARM));
      const document = once();
      const printing = Array.from({ length: FRESH }, () => cost(() => print(document), WARM));
      console.log(`  ${name.padEnd(36)} first ${best(first)}, then ${best(warm)}, print ${best(printing)}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function best(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(1)} (median ${median(values).toFixed(1)})`;
}

/** The cost of the first parse in a process of its own. */
function firstParse(bundle: string, text: string): number {
  const script = `import { readFileSync } from 'node:fs'; import { threadTime } from ${JSON.stringify(CLOCK)}; import language from ${JSON.stringify(pathToFileURL(bundle))};
    const text = readFileSync(0, 'utf8'); threadTime();
    const before = threadTime(); language.parse(text, { fileName: 'a.t2i', language: 't2i' }); console.log(threadTime() - before);`;
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', script], { input: text, encoding: 'utf8' }));
}

main();
