/**
 * Easel against PyTorch on one model: fp32 in several memory tiers, int8, and PyTorch in bfloat16. Every round draws the same
 * picture once on each side, so that a busy machine slows all alike; each side rests while another draws. A side that takes
 * longer than its limit is ended and said to have been; no round begins after the time that all may take.
 * On a machine that is busy all the time `EASEL_BENCH_THREADS=1` makes the processor time of both sides comparable: with
 * more threads PyTorch's spin while they wait, which counts as work.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MemoryTier } from '../../../src/diffusion';
import { physicalCores } from '../../../src/runtime';
import { distance, printRatio, printRow, seconds, type Row } from './figures';
import { int8Copy } from './int8-copy';
import { checkout, Side, TSX, type Drawn, type Order } from './side';

export interface Comparison {
  /** What PyTorch's side draws with: `icon` or `sd15`. */
  kind: 'icon' | 'sd15';
  title: string;
  model: string;
  python: string;
  /** Where the int8 copy is, or is made and left. */
  int8: string;
  /** Flags of `easel models quantize`. */
  quantize: readonly string[];
  /** Each round draws another seed. */
  order: Omit<Order, 'dtype' | 'latents' | 'seed'>;
  rounds: number;
  /** Tiers whose time and peak are measured. */
  tiers: readonly MemoryTier[];
  /** bfloat16's time that int8 is to stay below, as a fraction. */
  bfloat16Goal?: number;
}

/** OpenMP's threads spin for a while after their work. */
const REST = 400;
const number = (name: string, fallback: number) => Number(process.env[`EASEL_BENCH_${name}`] ?? fallback);

interface Contestant extends Row {
  readonly side: Side;
  readonly dtype: Order['dtype'];
  readonly drawings: Drawn[];
  peak: number;
  /** Latents of its drawings. */
  readonly latents: Float32Array[];
}

export async function compare({ kind, title, model, python, int8, quantize, order, rounds, tiers, bfloat16Goal }: Comparison): Promise<void> {
  const [threads, limit, most] = [number('THREADS', physicalCores()), number('LIMIT', 120), number('SECONDS', 300)];
  console.log(`${title}: ${order.steps} steps with guidance at ${order.width}x${order.height}, ${threads} threads pinned on both sides, up to ${rounds} rounds in ${most} s, ${cpus()[0]?.model.trim()}, load ${load()}`);
  const copy = await int8Copy(model, int8, threads, quantize, most);
  if (typeof copy === 'string') console.log(`  no int8 copy: ${copy}`);
  else if (copy.quality) console.log(`  int8 quality: ${told(copy.quality)}`);

  const begun = performance.now();
  const passed = () => (performance.now() - begun) / 1000;
  const say = (text: string) => console.log(`  [${passed().toFixed(0).padStart(3)} s] ${text}`);
  const folder = await mkdtemp(join(tmpdir(), 'easel-bench-'));
  const sides: Side[] = [];
  const contestants: Contestant[] = [];
  const draw = async (contestant: Contestant, seed: number): Promise<Drawn | undefined> => {
    const { side, dtype, name, latents } = contestant;
    const file = join(folder, 'latents.bin');
    try {
      const drawn = await side.draw({ ...order, seed, dtype, latents: file });
      latents.push(new Float32Array(Uint8Array.from(readFileSync(file)).buffer));
      say(`${name}, seed ${seed}: ${seconds(drawn.ms)}, ${seconds(drawn.cpu)} of the processor`);
      return drawn;
    } catch (error) {
      say(`${name}: left out, ${(error as Error).message}`);
      contestants.splice(0, Infinity, ...contestants.filter((other) => other.side !== side));
      return undefined;
    }
  };
  /** Starts a side and draws once: that drawing is not timed. */
  const enter = async (name: string, command: readonly string[]): Promise<Contestant | undefined> => {
    try {
      const side = await Side.start(command, threads, limit);
      sides.push(side);
      const contestant: Contestant = { name, side, dtype: 'float32', drawings: [], peak: NaN, latents: [] };
      contestants.push(contestant);
      contestant.peak = (await draw(contestant, 1))?.peak ?? NaN;
      return contestant;
    } catch (error) {
      say(`${name}: left out, ${(error as Error).message}`);
      return undefined;
    }
  };
  try {
    const easel = (at: string, tier: MemoryTier) => [...TSX, join(checkout, 'test/bench/sides/easel-side.ts'), at, String(threads), tier];
    const torch = await enter('PyTorch fp32', [python, join(checkout, 'recipes/bench/torch_side.py'), kind, model, String(threads)]);
    const fp32: (Contestant | undefined)[] = [];
    for (const tier of tiers) fp32.push(await enter(`Easel fp32 ${tier}`, easel(model, tier)));
    const rounded = typeof copy === 'string' ? undefined : await enter('Easel int8', easel(int8, 'auto'));
    // The same process: its peak so far is fp32's. Its first drawing in bfloat16 is slow.
    const bfloat16: Contestant | undefined = torch && contestants.includes(torch) ? { ...torch, name: 'PyTorch bfloat16', dtype: 'bfloat16', drawings: [], peak: NaN, latents: [] } : undefined;
    if (bfloat16 && (await draw(bfloat16, 1))) contestants.push(bfloat16);

    for (let round = 0; round < rounds && (round === 0 || passed() < most); round++) {
      for (let i = 0; i < contestants.length; i++) {
        const contestant = contestants[(i + round) % contestants.length]!;
        await new Promise((resolve) => setTimeout(resolve, REST));
        const drawn = await draw(contestant, round + 2);
        if (!drawn) continue;
        contestant.drawings.push(drawn);
        if (contestant.side !== torch?.side) contestant.peak = drawn.peak; // PyTorch's grows with bfloat16
      }
    }

    console.log(`  ${Math.min(...contestants.map(({ drawings }) => drawings.length))} rounds, load ${load()}`);
    for (const row of contestants) printRow(row);
    for (const row of fp32) printRatio(row, torch, { time: 0.95, memory: 0.8 });
    printRatio(rounded, torch, { time: 0.5 });
    printRatio(rounded, bfloat16, { time: bfloat16Goal });
    printRatio(rounded, fp32[0]);
    if (torch) for (const row of fp32) if (row && row.latents.length > 0) console.log(`  latents of ${row.name} differ from PyTorch's by ${apart(torch, row)}`);
    if (fp32[0] && rounded) console.log(`  latents of int8 differ from Easel's in fp32 by ${apart(fp32[0], rounded)}`);
    if (torch && bfloat16) console.log(`  latents of PyTorch in bfloat16 differ from its own in fp32 by ${apart(torch, bfloat16)}`);
  } finally {
    for (const side of sides) side.end();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Over the seeds that both drew. */
function apart(a: Contestant, b: Contestant): string {
  const distances = Array.from({ length: Math.min(a.latents.length, b.latents.length) }, (_, i) => distance(a.latents[i]!, b.latents[i]!));
  const mean = distances.reduce((sum, value) => sum + value, 0) / distances.length;
  return `${mean.toExponential(1)}, at most ${Math.max(...distances).toExponential(1)} (${distances.length} seeds)`;
}

function told({ pictures, steps, latentMean, latentMax, pictureMean, pictureMax }: { pictures: number; steps: number; latentMean: number; latentMax: number; pictureMean: number; pictureMax: number }): string {
  const percent = (fraction: number) => `${(100 * fraction).toFixed(2)} %`;
  return `latents differ by ${percent(latentMean)} (at most ${percent(latentMax)}), pictures by ${percent(pictureMean)} of full scale (at most ${percent(pictureMax)}), over ${pictures} seeds of ${steps} steps`;
}

function load(): string {
  return loadavg().map((value) => value.toFixed(1)).join(' ');
}
