/** The cases of recipes/gradients/rules.py: small graphs with PyTorch float64 gradients, and how far a result is off. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GraphBuilder, readSafetensors, toFloat32, type AttributeInput, type DataType, type Dim, type Model, type SafeTensor, type ValueInfo } from '../../../src/onnx/index.ts';
import { rawTensor } from '../../../src/onnx/tensor.ts';
import { runModel, type Feeds, type Optimisation } from './session.ts';

interface CaseNode { readonly op: string; readonly domain: string; readonly inputs: string[]; readonly outputs: string[]; readonly attributes: Record<string, AttributeInput> }
interface CaseInput { readonly name: string; readonly dtype: DataType; readonly shape: number[]; readonly role: 'wrt' | 'fed' | 'constant' }

export interface RuleCase {
  readonly index: number;
  readonly name: string;
  readonly opset: number;
  readonly nodes: readonly CaseNode[];
  readonly inputs: readonly CaseInput[];
  readonly outputs: readonly string[];
  /** PyTorch float32's own relative error, per differentiated input. */
  readonly ownErrors: Readonly<Record<string, number>>;
}

/** Whether sizes are known when the graph is differentiated, or are symbols that only the run settles. */
export type Sizes = 'fixed' | 'symbolic';

const folder = join(import.meta.dirname, 'rules');

export const ruleCases: readonly RuleCase[] = readFileSync(join(folder, 'rules.jsonl'), 'utf8').trim().split('\n')
  .map((line, index) => ({ index, ...(JSON.parse(line) as Omit<RuleCase, 'index'>) }));

export const ruleTensors = async (): Promise<ReadonlyMap<string, SafeTensor>> => (await readSafetensors(join(folder, 'rules.safetensors'))).tensors;

/** The case as a model; what is fed is an input, the rest initializers. Equal sizes share a symbol. */
export function modelOf(c: RuleCase, tensors: ReadonlyMap<string, SafeTensor>, sizes: Sizes): Model {
  const tensorOf = (name: string): SafeTensor => tensors.get(`${c.index}.in.${name}`) as SafeTensor;
  const dim = (n: number): Dim => (sizes === 'fixed' || n <= 1 ? n : `n${n}`);
  const inputs: ValueInfo[] = c.inputs.filter((i) => i.role !== 'constant').map(({ name, dtype, shape, role }) => ({ name, dtype, shape: role === 'fed' ? shape : shape.map(dim) }));
  const initializers = new Map(c.inputs.filter((i) => i.role === 'constant').map(({ name, dtype, shape }) => [name, rawTensor(dtype, shape, tensorOf(name).data)]));
  const opsets = new Map([['', c.opset], ...(c.nodes.some((n) => n.domain !== '') ? [['com.microsoft', 1] as const] : [])]);
  const b = new GraphBuilder({
    irVersion: 10, opsets, producerName: '', producerVersion: '', domain: '', modelVersion: 0n, doc: '', metadata: new Map(), functions: [],
    graph: { name: 'case', doc: '', nodes: [], inputs, outputs: [], values: new Map(), initializers },
  });
  for (const n of c.nodes) b.ops(n.op, n.inputs, n.outputs, n.attributes, n.domain);
  const model = b.finish();
  return { ...model, graph: { ...model.graph, outputs: c.outputs.map((name) => ({ name, dtype: 'float32' })) } };
}

/** Per differentiated input: the relative error of what `gradient` computes, and how much is allowed. */
export async function errorsOf(c: RuleCase, gradient: Model, tensors: ReadonlyMap<string, SafeTensor>, optimisation: Optimisation = 'all'): Promise<{ x: string; error: number; bound: number }[]> {
  const feeds: Feeds = new Map([
    ...c.inputs.filter((i) => i.role !== 'constant').map((i) => [i.name, tensors.get(`${c.index}.in.${i.name}`) as SafeTensor] as const),
    ...c.outputs.map((y) => [`grad_${y}`, tensors.get(`${c.index}.cotangent.${y}`) as SafeTensor] as const),
  ]);
  const [result] = await runModel(gradient, [feeds], optimisation);
  const wanted = c.inputs.filter((i) => i.role === 'wrt').map(({ name, shape }) => ({ name, shape, values: toFloat32(tensors.get(`${c.index}.grad.${name}`) as SafeTensor) }));
  const largest = Math.max(...wanted.map(({ values }) => norm(values)));
  return wanted.map(({ name, shape, values }) => {
    const got = result?.get(`grad_${name}`);
    const sameShape = got?.dims.join() === shape.join();
    const error = norm(values.map((v, i) => v - (got?.data[i] ?? NaN))) / Math.max(norm(values), 1e-6 * largest, 1e-30);
    return { x: name, error: sameShape && !Number.isNaN(error) ? error : Infinity, bound: Math.max(1e-4, 10 * (c.ownErrors[name] ?? 0)) };
  });
}

export function norm(values: ArrayLike<number>): number {
  return Math.sqrt(Array.from(values).reduce((sum, v) => sum + v * v, 0));
}
