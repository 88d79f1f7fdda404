/**
 * What the command line costs when it is started for one picture: `easel generate --prompt …` in a new process, against
 * a new process that only opens the same two graphs and makes the same `session.run` calls. Rounds of both in turn.
 * Issue 3 allows half a second.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { embeddedModelFolder } from '../../src/models';
import { physicalCores } from '../../src/runtime';
import { TINY_ICON } from '../../src/diffusion/test-support/tiny-request';

const ROUNDS = 7;
const STEPS = 20;
const BOUND = 500;
const checkout = join(__dirname, '../..');

/** A process of its own: plain JavaScript, so that nothing is compiled or loaded that the runtime does not need. */
const RAW = `
const { InferenceSession, Tensor } = require(${JSON.stringify(join(checkout, 'node_modules/onnxruntime-node'))});
const { join } = require('node:path');
(async () => {
  const [dir, threads] = [process.argv[1], Number(process.argv[2])];
  const options = { intraOpNumThreads: threads, executionMode: 'sequential', extra: { session: { intra_op: { allow_spinning: '0' } } } };
  for (const [file, calls] of [['text_encoder', 1], ['transformer', ${STEPS}]]) {
    const session = await InferenceSession.create(join(dir, file, 'model.onnx'), options);
    const named = { B: 2, batch: 2, batch_size: 2, S: 32, sequence: 32 };
    const feeds = Object.fromEntries(session.inputMetadata.map(({ name, type, shape }) => {
      const dims = shape.map((size, axis) => (typeof size === 'number' ? size : axis === 0 ? 2 : (named[size] ?? 32)));
      const length = dims.reduce((a, b) => a * b, 1);
      return [name, type === 'int64' ? new Tensor('int64', new BigInt64Array(length).fill(1n), dims) : new Tensor('float32', new Float32Array(length), dims)];
    }));
    for (let call = 0; call < calls; call++) await session.run(feeds);
  }
})();`;

async function main(): Promise<void> {
  const model = embeddedModelFolder() ?? TINY_ICON;
  const folder = await mkdtemp(join(tmpdir(), 'easel-cold-'));
  const run = promisify(execFile);
  const easel = () => run(process.execPath, [join(checkout, 'dist/cli.cjs'), 'generate', '--prompt', 'red heart icon', '--model', model, '--seed', '1', '--steps', String(STEPS), '--cfg', '3', '-o', join(folder, 'heart.png')], { cwd: folder });
  const raw = () => run(process.execPath, ['-e', RAW, model, String(physicalCores())]);
  const [ours, bare]: [number[], number[]] = [[], []];
  for (let round = 0; round <= ROUNDS; round++) {
    const times = [await timed(easel), await timed(raw)] as const;
    if (round === 0) continue; // the first reads the files from the disk, the model's hash is not known yet
    ours.push(times[0]);
    bare.push(times[1]);
  }
  await rm(folder, { recursive: true });
  const extra = median(ours.map((time, round) => time - (bare[round] ?? 0)));
  console.log(`cold start for one picture, ${STEPS} steps with guidance, ${physicalCores()} threads, ${model}`);
  console.log(`  raw load and run ${median(bare).toFixed(0)} ms, easel generate ${median(ours).toFixed(0)} ms, ${extra.toFixed(0)} ms more (aim: at most ${BOUND})`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

void main();
