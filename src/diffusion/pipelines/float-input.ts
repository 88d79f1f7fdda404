/** A graph's input in float32 whatever the network computes in: for values that lose too much in half floats. */
import { renameValues, type Model, type Node } from '../../onnx';
import { codeOf } from '../../onnx/dtype';

/** The model with its input `name` in float32; itself if it is. */
export function withFloatInput(model: Model, name: string): Model {
  const { dtype = 'float32' } = model.graph.inputs.find((info) => info.name === name)!;
  if (dtype === 'float32') return model;
  const own = `${name}_${dtype}`;
  const { graph, ...rest } = renameValues(model, new Map([[name, own]]));
  const cast: Node = { name: own, opType: 'Cast', domain: '', inputs: [name], outputs: [own], attributes: new Map([['to', { type: 'int', value: BigInt(codeOf(dtype)) }]]) };
  return { ...rest, graph: { ...graph, nodes: [cast, ...graph.nodes], inputs: graph.inputs.map((info) => (info.name === own ? { ...info, name, dtype: 'float32' } : info)) } };
}
