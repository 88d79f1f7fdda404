/**
 * The engine in its own process: how soon a cancel is answered while a picture is drawn (aim: 200 ms plus one step), and
 * what 50 switches between two models leave in memory (aim: nothing that grows).
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TINY_ICON, tinyRequest } from '../../src/diffusion/test-support/tiny-request';
import { connectEngine, type EngineClient } from '../../src/engine/client';
import { embeddedModelFolder } from '../../src/models';
import { engineChild } from '../faults/engine/engine-child';

const CANCELS = 12;
const SWITCHES = 50;

async function main(): Promise<void> {
  const model = embeddedModelFolder() ?? TINY_ICON;
  const folder = await mkdtemp(join(tmpdir(), 'easel-bench-'));
  const childPath = await engineChild();
  const engine = connectEngine({ childPath, requireTrust: () => {}, settings: () => ({ label: 'the benchmark' }), recycleOnModelSwitch: false });
  const request = (path: string, steps: number) => tinyRequest({ model: { id: 'bench', path }, steps, output: { path: join(folder, 'picture.png'), root: null, source: null, noise: null, saveLatents: null } });
  try {
    await engine.generate(request(model, 2));
    const waits: number[] = [];
    const steps: number[] = [];
    for (let i = 0; i < CANCELS; i++) {
      const { wait, step } = await cancelAtStep(engine, request(model, 400), 5 + i);
      waits.push(wait);
      steps.push(step);
    }
    console.log(`cancel while drawing, ${model}`);
    console.log(`  answered after ${median(waits).toFixed(0)} ms, at the most ${Math.max(...waits).toFixed(0)} ms; a step takes ${median(steps).toFixed(0)} ms (aim: at most 200 ms plus one step)`);

    const copy = join(folder, 'copy');
    await cp(model, copy, { recursive: true });
    const memory: number[] = [];
    for (let i = 0; i < SWITCHES; i++) {
      await engine.generate(request(i % 2 ? copy : model, 2));
      memory.push((await engine.status()).memory / 2 ** 20);
    }
    const at = (count: number) => `${memory[count - 1]?.toFixed(0)} MiB after ${count}`;
    console.log(`resident memory over ${SWITCHES} switches between two models: ${[1, 10, 20, 30, 40, SWITCHES].map(at).join(', ')}`);
  } finally {
    await engine.dispose();
    await rm(folder, { recursive: true });
  }
}

/** Milliseconds from the cancel to its answer, and of the steps before it. */
async function cancelAtStep(engine: EngineClient, request: Parameters<EngineClient['generate']>[0], place: number): Promise<{ wait: number; step: number }> {
  const cancel = new AbortController();
  const times: number[] = [];
  let asked = NaN;
  await engine
    .generate(request, {
      signal: cancel.signal,
      onProgress: ({ phase, step }) => {
        if (phase !== 'denoising') return;
        times.push(performance.now());
        if (step < place || cancel.signal.aborted) return;
        asked = performance.now();
        cancel.abort();
      },
    })
    .catch(() => undefined);
  const wait = performance.now() - asked;
  return { wait, step: median(times.slice(1).map((time, i) => time - (times[i] ?? time))) };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

void main();
