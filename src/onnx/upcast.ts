/** Half precision taken out of a model: what overflowed past 65504 has room in float32. */
import type { Attribute, Graph, Model, Node, ValueInfo } from './model.ts';
import { codeOf, type DataType } from './dtype.ts';
import { numberTensor, tensorNumbers, type Tensor } from './tensor.ts';

/** `model` with every float16 tensor, value and cast in float32; others stay. The numbers of its weights do not change. */
export function upcastHalf(model: Model): Model {
  return { ...model, graph: upcastGraph(model.graph), functions: model.functions.map((body) => ({ ...body, nodes: body.nodes.map(upcastNode) })) };
}

/** Does anything in the graph's weights or borders take half floats? */
export function usesHalf({ graph }: Model): boolean {
  return [...graph.initializers.values(), ...graph.inputs, ...graph.outputs].some(({ dtype }) => dtype === 'float16');
}

function upcastGraph(graph: Graph): Graph {
  return {
    ...graph,
    nodes: graph.nodes.map(upcastNode),
    inputs: graph.inputs.map(upcastInfo),
    outputs: graph.outputs.map(upcastInfo),
    values: new Map([...graph.values].map(([name, info]) => [name, upcastInfo(info)])),
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [name, upcastTensor(tensor)])),
  };
}

function upcastNode(node: Node): Node {
  return { ...node, attributes: new Map([...node.attributes].map(([name, attribute]) => [name, upcastAttribute(name, attribute)])) };
}

/** Attributes that name an element type: `to` of Cast, `dtype` of RandomNormal, EyeLike and their kin. */
function upcastAttribute(name: string, attribute: Attribute): Attribute {
  if (attribute.type === 'tensor') return { ...attribute, value: upcastTensor(attribute.value) };
  if (attribute.type === 'graph') return { ...attribute, value: upcastGraph(attribute.value) };
  const isType = attribute.type === 'int' && (name === 'to' || name === 'dtype' || name === 'stash_type' || name === 'output_dtype');
  return isType && attribute.value === BigInt(codeOf('float16')) ? { ...attribute, value: BigInt(codeOf('float32')) } : attribute;
}

function upcastInfo(info: ValueInfo): ValueInfo {
  return { ...info, ...(info.dtype && { dtype: single(info.dtype) }), ...(info.sequenceOf && { sequenceOf: single(info.sequenceOf) }) };
}

function upcastTensor(tensor: Tensor): Tensor {
  return tensor.dtype === 'float16' ? numberTensor('float32', tensorNumbers(tensor), tensor.dims) : tensor;
}

function single(dtype: DataType): DataType {
  return dtype === 'float16' ? 'float32' : dtype;
}
