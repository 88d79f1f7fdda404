/**
 * Gradients of exported models on WebGPU against the processor's: one line of JSON per model with the largest relative
 * error. A process of its own, because the Vulkan driver is chosen by its environment. usage: tsx … MODEL.onnx...
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { differentiate, encodeModel, readModel, readSafetensors, toFloat32, type SafeTensor } from '../../src/onnx';

async function main(): Promise<void> {
  for (const file of process.argv.slice(2)) {
    const model = await readModel(file);
    const { tensors } = await readSafetensors(file.replace('.onnx', '.safetensors'));
    const wrt = [...tensors.keys()].filter((key) => key.startsWith('grad0.')).map((key) => key.slice(6));
    const output = model.graph.outputs[0]?.name ?? '';
    const bytes = encodeModel(differentiate(model, { outputs: [output], wrt }));
    const feeds = Object.fromEntries([...model.graph.inputs.map(({ name }) => [name, tensors.get(`in0.${name}`)] as const), [`grad_${output}`, tensors.get('cot0')] as const]
      .flatMap(([name, tensor]) => (tensor ? [[name, fed(tensor)] as const] : [])));
    const [processor, card] = [await run(bytes, 'cpu', feeds), await run(bytes, 'webgpu', feeds)];
    const names = wrt.map((x) => `grad_${x}`);
    const largest = Math.max(...names.map((name) => norm(processor(name))));
    const errors = names.map((name) => norm(processor(name).map((v, i) => v - (card(name)[i] ?? NaN))) / Math.max(norm(processor(name)), 1e-3 * largest));
    console.log(JSON.stringify({ file, gradients: names.length, error: Math.max(...errors.map((e) => (Number.isNaN(e) ? Infinity : e))) }));
  }
}

async function run(bytes: Uint8Array, provider: 'cpu' | 'webgpu', feeds: Record<string, Tensor>): Promise<(name: string) => Float32Array> {
  const session = await InferenceSession.create(bytes, { executionProviders: [provider], logSeverityLevel: 3 });
  const results = await session.run(feeds);
  const values = new Map(Object.entries(results).map(([name, { data }]) => [name, Float32Array.from(data as Float32Array)]));
  await session.release();
  return (name) => values.get(name) as Float32Array;
}

function fed(tensor: SafeTensor): Tensor {
  if (tensor.dtype === 'I64') return new Tensor('int64', new BigInt64Array(tensor.data.slice().buffer), tensor.shape);
  return new Tensor('float32', toFloat32(tensor), tensor.shape);
}

const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));

void main();
