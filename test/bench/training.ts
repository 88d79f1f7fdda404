/**
 * One step of soft-token training (4×4 pairs, forward, backward to the tokens, AdamW) on the embedded model's network,
 * against the same step in PyTorch eager float32: interleaved, one after the other, so that a busy machine slows both. First
 * one batch's gradient is compared with PyTorch's, on the same weights.
 * `--rounds N` (40), `--threads N` (2), `--python PATH`. The aims are issue 7's: a ratio of at most 1.15, gradients within 1e-4.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { tokensAt } from '../../src/adapters';
import { Pipelines } from '../../src/diffusion';
import { embeddedModelFolder } from '../../src/models';
import { float32Tensor, writeSafetensors } from '../../src/onnx';
import { SoftTokenOptions, TrainRequest } from '../../src/prompt';
import { bankGradients, newBank, trainablesOf } from '../../src/training/bank';
import { integer, normals } from '../../src/training/counter-random';
import { encodeCaption } from '../../src/training/encoded-data';
import { createOptimizer } from '../../src/training/optimizer';
import { openStep, prepareModel } from '../../src/training/prepare';

const BOUND = 1.15;

/** Milliseconds on the clock, and of all threads: the second says more on a busy machine. */
interface Spent {
  readonly ms: number;
  readonly cpu: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '40' }, threads: { type: 'string', default: '2' }, python: { type: 'string' } } });
  const folder = embeddedModelFolder();
  if (folder === undefined) throw new Error('the embedded model is not here');
  const threads = Number(values.threads);
  const easel = await easelStep(folder, threads);
  const python = values.python ?? ['/work/train/venv/bin/python', '.venv/bin/python'].find((path) => existsSync(path)) ?? 'python3';
  const torch = await torchStep(python, folder, threads, easel.file);
  for (const timestep of [500, 700, 900]) {
    const [ours, theirs] = [await easel.gradient(timestep), await torch.gradient(timestep)];
    const off = Math.hypot(...ours.gradient.map((value, i) => value - theirs.gradient[i]!)) / Math.hypot(...theirs.gradient);
    console.log(`gradient of the tokens at t = ${timestep}, Easel against PyTorch, both float32: ‖a − b‖ / ‖b‖ = ${off.toExponential(1)} (aim: at most 1e-4), loss ${ours.loss.toFixed(6)} and ${theirs.loss.toFixed(6)}`);
  }
  for (let i = 0; i < 3; i++) await torch.step().then(easel.step);
  const rounds: { easel: Spent; torch: Spent }[] = [];
  for (let i = 0; i < Number(values.rounds); i++) rounds.push({ easel: await easel.step(), torch: await torch.step() });
  await easel.end();
  torch.end();
  console.log(`one soft-token step, 4×4 pairs, ${threads} threads, ${rounds.length} rounds, ${folder}`);
  for (const [what, name] of [['ms', 'time'], ['cpu', 'time of all threads']] as const) {
    const of = (side: 'easel' | 'torch') => median(rounds.map((round) => round[side][what])).toFixed(1);
    console.log(`  ${name}: Easel ${of('easel')} ms, PyTorch eager float32 ${of('torch')} ms, median ratio ${median(rounds.map(({ easel: e, torch: t }) => e[what] / t[what])).toFixed(3)} (aim: at most ${BOUND})`);
  }
}

async function easelStep(folder: string, threads: number) {
  const request = TrainRequest.parse({ version: 1, method: 'soft-tokens', name: 'bench', model: { id: 'icon-64', path: folder }, dataset: '/', run: '/', output: '/', root: null, options: SoftTokenOptions.parse({}) });
  const model = await prepareModel(request);
  const runner = await openStep(model, { threads });
  const bank = newBank({ layers: model.layers, count: 4, width: model.width, time: model.time }, '0');
  const optimizer = createOptimizer(trainablesOf(bank), request.options);
  const random = (index: number, count: number) => normals({ seed: '1', step: 0, purpose: 'validation', index }, count);
  // Of one colour each, and real captions: of noise every answer is wrong, and every logit nothing.
  const pictures = [0, 1, 2, 3].map((i) => new Float32Array(runner.latentLength).fill(1 - i / 8));
  const pipelines = new Pipelines({ threads });
  const encodings = await pipelines.use({ path: folder, id: 'icon-64' }, async (loaded) => {
    const read = [];
    for (const colour of ['white', 'yellow', 'pink', 'gray']) read.push(await encodeCaption(loaded, `${colour} circle icon on a ${colour} circle, ${colour} background`));
    return read;
  });
  await pipelines.dispose();
  const captions = encodings.map((own) => [own, ...encodings.filter((other) => other !== own)]);
  const [noise, tokens] = [random(30, runner.latentLength), random(40, 4 * model.width).map((value) => 0.02 * value)];
  const flat = (values: readonly Float32Array[], ...shape: number[]) => float32Tensor(Float32Array.from(values.flatMap((value) => [...value])), [values.length, ...shape]);
  const { tokens: length } = encodings[0]!;
  const file = join(tmpdir(), `easel-bench-${process.pid}.safetensors`);
  await writeSafetensors(file, new Map([
    ['pictures', flat(pictures, 3, 64, 64)], ['text', flat(encodings.map(({ hidden }) => hidden), length, model.width)], ['pooled', flat(encodings.map(({ pooled }) => pooled!), encodings[0]!.pooled!.length)],
    ['bias', flat(encodings.map(({ attentionBias }) => attentionBias!), length)], ['noise', float32Tensor(noise, [1, 3, 64, 64])], ['tokens', float32Tensor(tokens, [4, model.width])],
  ]));
  let steps = 0;
  return {
    step: async (): Promise<Spent> => {
      const [started, used] = [performance.now(), process.cpuUsage()];
      const timestep = integer({ seed: '1', step: steps, purpose: 'timestep' }, 1000);
      const { gradient } = await runner.run({ pictures, captions, timestep, noise: normals({ seed: '1', step: steps, purpose: 'noise' }, runner.latentLength) }, tokensAt(bank, timestep));
      optimizer.apply(bankGradients(bank, gradient, timestep), 1e-3, ++steps);
      const { user, system } = process.cpuUsage(used);
      return { ms: performance.now() - started, cpu: (user + system) / 1000 };
    },
    /** The batch, for the other side. */
    file,
    gradient: (timestep: number) => runner.run({ pictures, captions, timestep, noise }, tokens),
    end: () => Promise.all([runner.release(), rm(file, { force: true })]),
  };
}

async function torchStep(python: string, folder: string, threads: number, batch: string) {
  const child = spawn(python, [join(__dirname, '../../recipes/training/torch_step.py'), folder, String(threads), batch], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${python} ended; give a Python with torch by --python`);
    return JSON.parse(value) as Spent & { loss: number; gradient: number[] };
  };
  await next();
  return {
    step: (): Promise<Spent> => {
      child.stdin.write('step\n');
      return next();
    },
    gradient: (timestep: number) => {
      child.stdin.write(`gradient ${timestep}\n`);
      return next();
    },
    end: () => child.stdin.end(),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

void main();
