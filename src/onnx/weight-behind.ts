import { isFloat } from './dtype.ts';
import { intsAttribute, type Graph, type Node } from './model.ts';
import type { Tensor } from './tensor.ts';

/** A constant, under the name that it has itself. */
export interface WeightBehind {
  readonly name: string;
  readonly tensor: Tensor;
  /** The value is the tensor with its axes the other way round. */
  readonly transposed: boolean;
}

/** The float tensor that a value is made of without being changed, but for its type and the order of its axes (Cast, Identity, Transpose). */
export function weightBehind(value: string, graph: Pick<Graph, 'initializers'>, producers: ReadonlyMap<string, Node>): WeightBehind | undefined {
  let transposed = false;
  for (let name = value; ;) {
    const maker = producers.get(name);
    const constant = maker?.opType === 'Constant' ? maker.attributes.get('value') : undefined;
    const tensor = graph.initializers.get(name) ?? (constant?.type === 'tensor' ? constant.value : undefined);
    if (tensor) return isFloat(tensor.dtype) ? { name, tensor, transposed } : undefined;
    if (maker?.opType === 'Transpose' && (intsAttribute(maker, 'perm') ?? [1, 0]).join() === '1,0') transposed = !transposed;
    else if (maker?.opType !== 'Cast' && maker?.opType !== 'Identity') return undefined;
    name = maker.inputs[0] ?? '';
  }
}
