/**
 * Easel's side of `npm run bench gradients`: one model, differentiated, one forward and backward pass per line of standard
 * input. `tsx test/bench/sides/backward-side.ts MODEL.onnx all|tokens THREADS`; answers as recipes/gradients/backward_side.py.
 * Weights that are trained are fed, as training feeds them; 16-bit ones are widened, PyTorch's side has them in 32. Frozen
 * ones are mapped from the file and not packed a second time. Gradients are let go after each pass, as `zero_grad` does:
 * ONNX Runtime copies what it hands over, and only the garbage collector frees a copy.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { differentiate, liftInitializers, numberTensor, readModel, tensorBytes, tensorNumbers, writeModel, type Model } from '../../../src/onnx';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function main(): Promise<void> {
  const base = process.memoryUsage().rss;
  const [, , file = '', trained, threads] = process.argv;
  const started = performance.now();
  const model = widened(await readModel(file));
  const weights = trained === 'all' ? [...model.graph.initializers].filter(([, t]) => t.dtype === 'float32' && t.dims.length > 0).map(([name]) => name) : [];
  const output = model.graph.outputs[0]?.name ?? '';
  const gradient = differentiate(model, { outputs: [output], wrt: ['encoder_hidden_states', ...weights] });
  const lifted = liftInitializers(gradient, weights);
  const session = await open(lifted, Number(threads));
  const feeds: Record<string, Tensor> = Object.fromEntries(weights.map((name) => {
    const tensor = model.graph.initializers.get(name)!;
    const bytes = tensorBytes(tensor);
    return [name, new Tensor('float32', new Float32Array(bytes.byteOffset % 4 === 0 ? bytes.buffer : bytes.slice().buffer, bytes.byteOffset % 4 === 0 ? bytes.byteOffset : 0, bytes.byteLength / 4), tensor.dims)];
  }));
  const icon = model.graph.inputs.some((i) => i.name === 'timestep');
  const inputs: [string, number[], number, number][] = icon
    ? [['hidden_states', [16, 3, 64, 64], 0.37, 1], ['encoder_hidden_states', [16, 32, 192], 0.11, 1], ['pooled_projections', [16, 128], 0.53, 1 / 8], ['encoder_attention_bias', [16, 32], 0, 1], [`grad_${output}`, [16, 3, 64, 64], 0.71, 1]]
    : [['hidden_states', [2, 256, 768], 0.37, 1], ['encoder_hidden_states', [2, 77, 768], 0.11, 1], ['conditioning', [2, 768], 0.53, 1], [`grad_${output}`, [2, 256, 768], 0.71, 1]];
  for (const [name, dims, frequency, scale] of inputs) feeds[name] = wave(dims, frequency, scale);
  if (icon) feeds['timestep'] = new Tensor('float32', new Float32Array(16).fill(500), [16]);
  console.log(JSON.stringify({ ready: (performance.now() - started) / 1000, base }));
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'end') break;
    console.log(JSON.stringify(await pass(session, feeds)));
    collectGarbage();
  }
  if (process.env['EASEL_BENCH_PROFILE']) session.endProfiling();
}

/** By path, as training opens it. */
async function open(model: Model, threads: number): Promise<InferenceSession> {
  const folder = mkdtempSync(join(tmpdir(), 'easel-bench-'));
  const profile = process.env['EASEL_BENCH_PROFILE'];
  try {
    await writeModel(model, join(folder, 'model.onnx'), { inlineLimit: 0 });
    return await InferenceSession.create(join(folder, 'model.onnx'), {
      intraOpNumThreads: threads, interOpNumThreads: 1, logSeverityLevel: 3, graphOptimizationLevel: 'extended', enableMemPattern: false, extra: { session: { disable_prepacking: '1' } },
      ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function pass(session: InferenceSession, feeds: Readonly<Record<string, Tensor>>): Promise<unknown> {
  const [start, used] = [performance.now(), process.cpuUsage()];
  const results = await session.run(feeds);
  const [ms, { user, system }] = [performance.now() - start, process.cpuUsage(used)];
  const norm = Math.sqrt((results['grad_encoder_hidden_states']?.data as Float32Array).reduce((sum, v) => sum + v * v, 0));
  return { ms, cpu: (user + system) / 1000, peak: peak(), norm };
}

function widened(model: Model): Model {
  const initializers = new Map([...model.graph.initializers].map(([name, t]) => [name, t.dtype === 'float16' ? numberTensor('float32', tensorNumbers(t), t.dims) : t]));
  const nodes = model.graph.nodes.map((n) => (n.opType === 'Cast' && initializers.has(n.inputs[0] ?? '') ? { ...n, opType: 'Identity', attributes: new Map() } : n));
  return { ...model, graph: { ...model.graph, nodes, initializers } };
}

function wave(dims: number[], frequency: number, scale: number): Tensor {
  return new Tensor('float32', Float32Array.from({ length: dims.reduce((p, d) => p * d, 1) }, (_, i) => Math.sin(i * frequency) * scale), dims);
}

function peak(): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
}

void main();
