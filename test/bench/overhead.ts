/**
 * What the engine costs on top of the network: one warm drawing (20 steps, guidance, one picture) against the bare
 * `session.run` calls it makes, rounds of both in turn so that a busy machine slows both alike.
 * `--model DIR` takes another model than the shipped one; `--rounds N` more rounds than 15.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Pipelines } from '../../src/diffusion';
import { embeddedModelFolder } from '../../src/models';
import { physicalCores } from '../../src/runtime';
import { TINY_ICON, tinyRequest } from '../../src/diffusion/test-support/tiny-request';

const STEPS = 20;
/** Issue 3 asks for 1.05, issue 4 for 1.03. */
const BOUND = 1.05;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { model: { type: 'string' }, rounds: { type: 'string', default: '15' } } });
  const dir = values.model ?? embeddedModelFolder() ?? TINY_ICON;
  const rounds = Number(values.rounds);
  const pipelines = new Pipelines();
  const request = tinyRequest({ model: { id: 'bench', path: dir }, steps: STEPS });
  const draw = () => pipelines.draw(request, { signal: new AbortController().signal, yieldNow: () => new Promise((resolve) => setImmediate(resolve)), onPreview: () => undefined });
  const raw = await rawRuns(join(dir, 'transformer/model.onnx'));
  for (let i = 0; i < 3; i++) {
    await draw();
    await raw();
  }
  const [drawn, bare]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    drawn.push(await timed(draw));
    bare.push(await timed(raw));
  }
  await pipelines.dispose();
  const ratio = median(drawn.map((time, i) => time / bare[i]!));
  console.log(`overhead of a warm drawing, ${STEPS} steps with guidance, ${physicalCores()} threads, ${dir}`);
  console.log(`  raw session.run calls ${median(bare).toFixed(1)} ms, drawing ${median(drawn).toFixed(1)} ms, ratio ${ratio.toFixed(3)} (at most ${BOUND})`);
  if (ratio > BOUND) process.exitCode = 1;
}

/** The network's calls and nothing else: the session as the engine opens it, the same feeds at every step. */
async function rawRuns(file: string): Promise<() => Promise<void>> {
  const session = await InferenceSession.create(file, {
    executionProviders: ['cpu'], intraOpNumThreads: physicalCores(), interOpNumThreads: 1, logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  const sizes: Record<string, number[]> = {};
  for (const input of session.inputMetadata) {
    if (input.isTensor) sizes[input.name] = input.shape.map((side, i) => (typeof side === 'number' ? side : i === 0 ? 2 : 32));
  }
  const feeds = Object.fromEntries(Object.entries(sizes).map(([name, dims]) => {
    const count = dims.reduce((product, side) => product * side, 1);
    return [name, new Tensor('float32', Float32Array.from({ length: count }, (_, i) => (name === 'timestep' ? 500 : Math.sin(i))), dims)];
  }));
  return async () => {
    for (let step = 0; step < STEPS; step++) await session.run(feeds);
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

void main();
