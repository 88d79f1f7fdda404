/** Weights stored in half precision, computed with in single: half the file, nearly the same numbers. */
import { codeOf } from '../dtype.ts';
import { freeName, namesOf } from '../edit.ts';
import type { Model, Node } from '../model.ts';
import { elementCount, numberTensor, tensorNumbers, type Tensor } from '../tensor.ts';

/** Smaller tensors are biases and norms: they save nothing. */
const SMALLEST = 1024;
const LARGEST_HALF = 65504;

/** `model` with its large float32 initializers in float16 behind a Cast. A tensor with values past ±65504 stays as it is. */
export function halveWeights(model: Model): Model {
  const taken = namesOf(model.graph);
  const inputs = new Set(model.graph.inputs.map(({ name }) => name));
  const initializers = new Map<string, Tensor>();
  const casts: Node[] = [];
  for (const [name, tensor] of model.graph.initializers) {
    const halved = !inputs.has(name) && tensor.dtype === 'float32' && tensor.dims.length >= 2 && elementCount(tensor.dims) >= SMALLEST ? inHalf(tensor) : undefined;
    if (!halved) {
      initializers.set(name, tensor);
      continue;
    }
    const stored = freeName(`${name}.half`, taken);
    initializers.set(stored, halved);
    casts.push({ name: '', opType: 'Cast', domain: '', inputs: [stored], outputs: [name], attributes: new Map([['to', { type: 'int', value: BigInt(codeOf('float32')) }]]) });
  }
  return { ...model, graph: { ...model.graph, nodes: [...casts, ...model.graph.nodes], initializers } };
}

function inHalf(tensor: Tensor): Tensor | undefined {
  const values = tensorNumbers(tensor);
  return values.every((value) => Math.abs(value) <= LARGEST_HALF) ? numberTensor('float16', values, tensor.dims) : undefined;
}
