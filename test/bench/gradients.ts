/**
 * Forward and backward passes in onnxruntime-node against PyTorch eager, fp32: the embedded transformer at batch 16 and a
 * stack of diffusion transformer blocks with 100 million weights, every weight trained and the tokens alone. One pass each
 * in turn, pinned; each side rests while the other works. On a machine that is busy all the time look at processor time
 * with `EASEL_BENCH_THREADS=1`: PyTorch's threads spin while they wait. `EASEL_BENCH_STACK` is a folder to keep the stack
 * in, `EASEL_BENCH_ROUNDS` the number of turns, `EASEL_BENCH_CASE` one of icon-all, icon-tokens, dit-all, dit-tokens. Memory is
 * the whole process's peak on either side: weights, gradients and activations, no optimizer. Aims: time 1.15, memory 1.25.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedModelFolder } from '../../src/models';
import { physicalCores } from '../../src/runtime';
import { checkout, pythonWith, Side, type Pass } from './sides/side';

const REST = 300;
const rounds = Number(process.env['EASEL_BENCH_ROUNDS'] ?? 7);
const only = process.env['EASEL_BENCH_CASE'];
const threads = Number(process.env['EASEL_BENCH_THREADS'] ?? physicalCores());

async function main(): Promise<void> {
  const python = pythonWith(['torch', 'onnx']);
  const icon = embeddedModelFolder();
  if (python === undefined || icon === undefined) throw new Error('needs Python with torch and onnx (EASEL_PYTHON), and models/icon-64');
  const folder = process.env['EASEL_BENCH_STACK'] ?? (await mkdtemp(join(tmpdir(), 'easel-bench-')));
  try {
    for (const [kind, model, home] of [['icon', join(icon, 'transformer', 'model.onnx'), icon], ['dit', join(folder, 'model.onnx'), folder]] as const) {
      for (const trained of ['all', 'tokens'] as const) if (only === undefined || only === `${kind}-${trained}`) await compare(kind, trained, { python, model, home });
    }
  } finally {
    if (process.env['EASEL_BENCH_STACK'] === undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function compare(kind: 'icon' | 'dit', trained: 'all' | 'tokens', { python, model, home }: { python: string; model: string; home: string }): Promise<void> {
  const sides: Side[] = [];
  const start = async (command: readonly string[]): Promise<Side> => {
    const side = await Side.start(command, threads);
    sides.push(side);
    return side;
  };
  try {
    // PyTorch keeps the allocator that it comes with.
    const torch = await start(['env', '-u', 'MALLOC_MMAP_THRESHOLD_', `OMP_NUM_THREADS=${threads}`, python, '-W', 'ignore', join(checkout, 'recipes/gradients/backward_side.py'), kind, home, trained, String(threads)]);
    const easel = await start([process.execPath, '--import', join(checkout, 'node_modules/tsx/dist/loader.mjs'), join(checkout, 'test/bench/sides/backward-side.ts'), model, trained, String(threads)]);
    const warm = [await torch.pass(), await easel.pass()] as const;
    const runs: (readonly [Pass, Pass])[] = [];
    for (let round = 0; round < rounds; round++) {
      const pass = async (side: Side): Promise<Pass> => { await new Promise((resolve) => setTimeout(resolve, REST)); return side.pass(); };
      if (round % 2 === 0) { const t = await pass(torch); runs.push([t, await pass(easel)]); } else { const e = await pass(easel); runs.push([await pass(torch), e]); }
    }
    const all = (k: 0 | 1, what: 'ms' | 'cpu'): number[] => runs.map((run) => run[k][what]);
    const ratio = (what: 'ms' | 'cpu'): string => (median(all(1, what)) / median(all(0, what))).toFixed(2);
    const peaks = [0, 1].map((k) => Math.max(...runs.map((run) => run[k as 0 | 1].peak)) / 1e6) as [number, number];
    console.log(`${kind === 'icon' ? 'embedded transformer, batch 16' : 'ten diffusion transformer blocks, 100 million weights, batch 2'}, ${trained === 'all' ? 'all weights' : 'tokens only'}: ${threads} threads pinned, ${rounds} rounds in turn`);
    for (const k of [0, 1] as const) console.log(`  ${['PyTorch', 'Easel'][k]!.padEnd(8)} median ${median(all(k, 'ms')).toFixed(0)} ms, best ${Math.min(...all(k, 'ms')).toFixed(0)} ms, processor time ${median(all(k, 'cpu')).toFixed(0)} ms, peak ${peaks[k].toFixed(0)} MB (${((sides[k]?.base ?? 0) / 1e6).toFixed(0)} before any model)`);
    console.log(`  time ${median(runs.map(([t, e]) => e.ms / t.ms)).toFixed(2)} by rounds, ${(Math.min(...all(1, 'ms')) / Math.min(...all(0, 'ms'))).toFixed(2)} best to best, ${ratio('cpu')} of processor time (aim: at most 1.15); memory ${(peaks[1] / peaks[0]).toFixed(2)} (aim: at most 1.25), ${((peaks[1] - easel.base / 1e6) / (peaks[0] - torch.base / 1e6)).toFixed(2)} without what the processes had before any model`);
    console.log(`  the same gradient: its length differs by ${Math.abs(warm[1].norm / warm[0].norm - 1).toExponential(1)}`);
  } finally {
    for (const side of sides) side.end();
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

void main();
