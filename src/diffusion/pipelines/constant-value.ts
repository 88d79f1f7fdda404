import type { Model, Node, Tensor } from '../../onnx';

/** The tensor that a value of the graph is, as an initializer or a Constant node; `undefined` if it is computed. `makers`: `producersOf` its nodes. */
export function constantValue({ graph }: Model, makers: ReadonlyMap<string, Node>, name: string): Tensor | undefined {
  const maker = makers.get(name);
  const value = maker?.opType === 'Constant' ? maker.attributes.get('value') : undefined;
  return value?.type === 'tensor' ? value.value : graph.initializers.get(name);
}
