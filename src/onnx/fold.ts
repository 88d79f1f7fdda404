/** Constant folding of the integer side of a graph: shapes, indices and masks; and Constant nodes become initializers. */
import { isFloat } from './dtype.ts';
import type { Model, Node } from './model.ts';
import { pruneGraph, sortNodes } from './order.ts';
import { constantTensor, inferTypes } from './shapes/infer.ts';
import type { ValueType } from './shapes/types.ts';
import { numberTensor, type Tensor } from './tensor.ts';

/**
 * Replaces every value that is known before anything runs by an initializer, and drops what is not needed any more.
 * Floating-point arithmetic is left to the runtime, whose rounding is then the only one. Values in `keep` are not replaced.
 */
export function foldConstants(model: Model, keep: Iterable<string> = []): Model {
  const types = inferTypes(model);
  const kept = new Set([...keep, ...model.graph.outputs.map((o) => o.name)]);
  const initializers = new Map(model.graph.initializers);
  const nodes: Node[] = [];
  for (const node of sortNodes(model.graph)) {
    const constants = node.outputs.map((name) => (kept.has(name) ? undefined : knownTensor(node, types.get(name))));
    if (node.outputs.length > 0 && constants.every((c) => c !== undefined)) {
      node.outputs.forEach((name, i) => { initializers.set(name, constants[i] as Tensor); });
    } else {
      nodes.push(node);
    }
  }
  return { ...model, graph: pruneGraph({ ...model.graph, nodes, initializers }) };
}

function knownTensor(node: Node, type: ValueType | undefined): Tensor | undefined {
  if (node.opType === 'Constant' && node.domain === '') return constantTensor(node);
  if (!type?.value || !type.shape || isFloat(type.dtype) || !type.value.every(isExact)) return undefined;
  return numberTensor(type.dtype, type.value as number[], type.shape as number[]);
}

/** A symbol is not known, and INT64_MAX is not exact as a number. */
function isExact(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value);
}
