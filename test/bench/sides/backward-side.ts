/**
 * Easel's side of `npm run bench gradients`: one model, differentiated, one forward and backward pass per line of standard
 * input. `tsx test/bench/sides/backward-side.ts MODEL.onnx all|tokens THREADS`; answers as recipes/gradients/backward_side.py.
 * Weights that are trained are fed, as training feeds them; 16-bit ones are widened, PyTorch's side has them in 32.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { differentiate, encodeModel, liftInitializers, numberTensor, readModel, tensorBytes, tensorNumbers, type Model } from '../../../src/onnx';

async function main(): Promise<void> {
  const [, , file = '', trained, threads] = process.argv;
  const started = performance.now();
  const model = widened(await readModel(file));
  const weights = trained === 'all' ? [...model.graph.initializers].filter(([, t]) => t.dtype === 'float32' && t.dims.length > 0).map(([name]) => name) : [];
  const output = model.graph.outputs[0]?.name ?? '';
  const gradient = differentiate(model, { outputs: [output], wrt: ['encoder_hidden_states', ...weights] });
  const lifted = liftInitializers(gradient, weights);
  const session = await InferenceSession.create(encodeModel(lifted), { intraOpNumThreads: Number(threads), interOpNumThreads: 1, logSeverityLevel: 3, enableMemPattern: false, ...(process.env['EASEL_BENCH_PROFILE'] ? { enableProfiling: true, profileFilePrefix: process.env['EASEL_BENCH_PROFILE'] } : {}) });
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
  // Gradients have a place of their own, as in training: tensors that ONNX Runtime makes wait for the garbage collector.
  const fetches = Object.fromEntries(['encoder_hidden_states', ...weights].map((name) => {
    const { dims } = feeds[name] as Tensor;
    return [`grad_${name}`, new Tensor('float32', new Float32Array(dims.reduce((p, d) => p * d, 1)), dims)];
  }));
  console.log(JSON.stringify({ ready: (performance.now() - started) / 1000 }));
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'end') break;
    const [start, used] = [performance.now(), process.cpuUsage()];
    const results = await session.run(feeds, fetches);
    const [ms, { user, system }] = [performance.now() - start, process.cpuUsage(used)];
    const norm = Math.sqrt((results['grad_encoder_hidden_states']?.data as Float32Array).reduce((sum, v) => sum + v * v, 0));
    console.log(JSON.stringify({ ms, cpu: (user + system) / 1000, peak: peak(), norm }));
  }
  if (process.env['EASEL_BENCH_PROFILE']) session.endProfiling();
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
