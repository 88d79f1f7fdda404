/**
 * Easel against PyTorch on one model: fp32 against fp32, int8 against fp32, both against bfloat16 autocast. Every round
 * draws the same picture once on each side, so that a busy machine slows all alike; each side rests while another draws.
 * On a machine that is busy all the time `EASEL_BENCH_THREADS=1` makes the processor time of both sides comparable: with
 * more threads PyTorch's spin while they wait, which counts as work.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { physicalCores } from '../../../src/runtime';
import { checkout, Side, type Drawn, type Order } from './side';

export interface Comparison {
  /** What PyTorch's side draws with: `icon` or `sd15`. */
  kind: 'icon' | 'sd15';
  title: string;
  model: string;
  python: string;
  /** Where the int8 copy is, or is made and left; without it one is made for this run alone. */
  int8?: string;
  quantize: readonly string[];
  order: Omit<Order, 'dtype' | 'latents'>;
  rounds: number;
  /** Measures the smallest memory tier as well, which matters for models that go through memory in parts. */
  unloads?: boolean;
  /** bfloat16's time that int8 is to stay below, as a fraction. */
  bfloat16Goal?: number;
}

const TSX = [process.execPath, '--import', join(checkout, 'node_modules/tsx/dist/loader.mjs')];
/** OpenMP's threads spin for a while after their work. */
const REST = 400;
const Report = z.object({ written: z.boolean(), reason: z.string().nullable(), quality: z.object({ pictures: z.number(), steps: z.number(), latentMean: z.number(), latentMax: z.number(), pictureMean: z.number(), pictureMax: z.number() }).optional() });

export async function compare({ kind, title, model, python, int8, quantize, order, rounds, unloads = false, bfloat16Goal }: Comparison): Promise<void> {
  const threads = Number(process.env['EASEL_BENCH_THREADS'] ?? physicalCores());
  const folder = await mkdtemp(join(tmpdir(), 'easel-bench-'));
  const sides: Side[] = [];
  const start = async (command: readonly string[]) => {
    const side = await Side.start(command, threads);
    sides.push(side);
    return side;
  };
  try {
    const copy = int8 ?? join(folder, 'int8');
    const report = existsSync(copy) ? reportOf(copy) : makeCopy(model, copy, threads, quantize, join(folder, 'home'));
    console.log(`${title}: ${order.steps} steps with guidance at ${order.width}x${order.height}, ${threads} threads pinned on both sides, ${rounds} rounds in turn`);
    if (report.quality) console.log(`  int8 quality: ${told(report.quality)}`);
    const torch = await start([python, join(checkout, 'recipes/bench/torch_side.py'), kind, model, String(threads)]);
    const fp32 = await start([...TSX, join(checkout, 'test/bench/sides/easel-side.ts'), model, String(threads)]);
    const latents = (name: string) => join(folder, `${name}.bin`);
    // The first drawing of each is not timed; peaks are read here, before PyTorch has been asked for anything but fp32.
    const peaks = { torch: (await torch.draw({ ...order, dtype: 'float32', latents: latents('torch') })).peak, fp32: (await fp32.draw({ ...order, dtype: 'float32', latents: latents('fp32') })).peak, int8: NaN, unload: NaN };
    const runs: [name: string, draw: () => Promise<Drawn>][] = [
      ['torch', () => torch.draw({ ...order, dtype: 'float32', latents: null })],
      ['fp32', () => fp32.draw({ ...order, dtype: 'float32', latents: null })],
      ['bfloat16', () => torch.draw({ ...order, dtype: 'bfloat16', latents: null })],
    ];
    if (unloads) {
      const unload = await start([...TSX, join(checkout, 'test/bench/sides/easel-side.ts'), model, String(threads), 'unload']);
      peaks.unload = (await unload.draw({ ...order, dtype: 'float32', latents: null })).peak;
      runs.push(['unload', () => unload.draw({ ...order, dtype: 'float32', latents: null })]);
    }
    if (report.written) {
      const rounded = await start([...TSX, join(checkout, 'test/bench/sides/easel-side.ts'), copy, String(threads)]);
      peaks.int8 = (await rounded.draw({ ...order, dtype: 'float32', latents: latents('int8') })).peak;
      runs.push(['int8', () => rounded.draw({ ...order, dtype: 'float32', latents: null })]);
    } else {
      console.log(`  no int8 copy: ${report.reason}`);
    }
    await torch.draw({ ...order, dtype: 'bfloat16', steps: 2, latents: null }); // its first run in bfloat16 is slow
    const times = new Map(runs.map(([name]) => [name, [] as Drawn[]]));
    for (let round = 0; round < rounds; round++) {
      for (let i = 0; i < runs.length; i++) {
        const [name, draw] = runs[(i + round) % runs.length]!;
        await new Promise((resolve) => setTimeout(resolve, REST));
        times.get(name)!.push(await draw());
      }
    }
    print(times, peaks, bfloat16Goal);
    console.log(`  the same picture: latents of Easel and PyTorch in fp32 differ by ${relative(latents('torch'), latents('fp32'))}${report.written ? `, int8 from fp32 by ${relative(latents('fp32'), latents('int8'))}` : ''}`);
  } finally {
    for (const side of sides) side.end();
    await rm(folder, { recursive: true, force: true });
  }
}

function print(runs: ReadonlyMap<string, readonly Drawn[]>, peaks: Record<'torch' | 'fp32' | 'int8' | 'unload', number>, bfloat16Goal: number | undefined): void {
  const names: Readonly<Record<string, string>> = { torch: 'PyTorch fp32', bfloat16: 'PyTorch bfloat16', fp32: 'Easel fp32', unload: 'Easel fp32 unload', int8: 'Easel int8' };
  const all = (name: string, what: 'ms' | 'cpu') => (runs.get(name) ?? []).map((run) => run[what]);
  for (const name of runs.keys()) console.log(`  ${(names[name] ?? name).padEnd(17)} median ${seconds(median(all(name, 'ms')))}, best ${seconds(Math.min(...all(name, 'ms')))}; processor time ${seconds(median(all(name, 'cpu')))}`);
  /** The median over rounds; between the best of both, which is nearest to a quiet machine; and of processor time. */
  const ratio = (a: string, b: string, goal: string) => {
    if (!runs.has(a) || !runs.has(b)) return;
    const inTurn = median(all(a, 'ms').map((value, i) => value / all(b, 'ms')[i]!));
    const best = Math.min(...all(a, 'ms')) / Math.min(...all(b, 'ms'));
    console.log(`  ${`${names[a]} / ${names[b]}`.padEnd(33)} ${inTurn.toFixed(2)} by rounds, ${best.toFixed(2)} best to best, ${(median(all(a, 'cpu')) / median(all(b, 'cpu'))).toFixed(2)} of processor time${goal}`);
  };
  ratio('fp32', 'torch', ' (goal: at most 0.95)');
  ratio('unload', 'torch', ' (goal: at most 0.95)');
  ratio('int8', 'torch', ' (goal: at most 0.50)');
  ratio('int8', 'bfloat16', bfloat16Goal === undefined ? '' : ` (goal: at most ${bfloat16Goal.toFixed(2)})`);
  ratio('int8', 'fp32', '');
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  console.log(`  peak memory (VmHWM) PyTorch ${megabytes(peaks.torch)}, Easel fp32 ${megabytes(peaks.fp32)}, ratio ${(peaks.fp32 / peaks.torch).toFixed(2)} (goal: at most 0.80)${Number.isNaN(peaks.unload) ? '' : `; under unload ${megabytes(peaks.unload)}, ratio ${(peaks.unload / peaks.torch).toFixed(2)}`}${Number.isNaN(peaks.int8) ? '' : `; int8 ${megabytes(peaks.int8)}, ratio ${(peaks.int8 / peaks.torch).toFixed(2)}`}`);
}

function makeCopy(model: string, copy: string, threads: number, more: readonly string[], home: string): z.infer<typeof Report> {
  const args = ['models', 'quantize', model, '--out', copy, '--threads', String(threads), '--json', ...more];
  const { stdout, stderr } = spawnSync(TSX[0]!, [...TSX.slice(1), join(checkout, 'src/cli/main.ts'), ...args], { encoding: 'utf8', env: { ...process.env, EASEL_HOME: home } });
  rmSync(home, { recursive: true, force: true });
  if (stdout === '') throw new Error(stderr);
  return Report.parse(JSON.parse(stdout));
}

function reportOf(copy: string): z.infer<typeof Report> {
  const { _easel_derived } = z.object({ _easel_derived: Report.pick({ quality: true }) }).parse(JSON.parse(readFileSync(join(copy, 'model_index.json'), 'utf8')));
  return { written: true, reason: null, ..._easel_derived };
}

function told({ pictures, steps, latentMean, latentMax, pictureMean, pictureMax }: NonNullable<z.infer<typeof Report>['quality']>): string {
  const percent = (fraction: number) => `${(100 * fraction).toFixed(2)} %`;
  return `latents differ by ${percent(latentMean)} (at most ${percent(latentMax)}), pictures by ${percent(pictureMean)} of full scale (at most ${percent(pictureMax)}), over ${pictures} seeds of ${steps} steps`;
}

function relative(a: string, b: string): string {
  const [first, second] = [a, b].map((file) => new Float32Array(Uint8Array.from(readFileSync(file)).buffer)) as [Float32Array, Float32Array];
  let [difference, size] = [0, 0];
  first.forEach((value, i) => {
    difference += (value - second[i]!) ** 2;
    size += value ** 2;
  });
  return Math.sqrt(difference / size).toExponential(1);
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(3)} s`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}
