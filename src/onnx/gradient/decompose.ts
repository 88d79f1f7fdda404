/** Operators that are differentiated as something simpler. */
import { freeName, namesOf } from '../edit.ts';
import { OnnxError } from '../error.ts';
import { intAttribute, nodeLabel, type Attribute, type Model, type Node } from '../model.ts';
import { int64Tensor, tensorNumbers, type Tensor } from '../tensor.ts';

/**
 * Rewrites sequences of slices (SplitToSequence with SequenceAt, as unoptimised dynamo graphs have them) as Slice,
 * and Max and Min of many operands as pairs. Expects constants to be folded.
 */
export function decompose(model: Model): Model {
  const initializers = new Map(model.graph.initializers);
  const taken = namesOf(model.graph);
  const splits = new Map<string, Node>();
  const ints = (values: number[]): string => {
    const name = freeName('sequence_bound', taken);
    initializers.set(name, int64Tensor(values));
    return name;
  };
  const nodes = model.graph.nodes.flatMap((node): Node[] => {
    if (node.domain !== '') return [node];
    if (node.opType === 'SplitToSequence') { splits.set(node.outputs[0] ?? '', node); return [node]; }
    if (node.opType === 'SequenceAt') {
      const split = splits.get(node.inputs[0] ?? '');
      return split ? elementOf(split, node, initializers, ints, taken) : [node];
    }
    if ((node.opType === 'Max' || node.opType === 'Min') && node.inputs.length > 2) return inPairs(node, taken);
    return [node];
  });
  return { ...model, graph: { ...model.graph, nodes, initializers } };
}

function elementOf(split: Node, at: Node, constants: ReadonlyMap<string, Tensor>, ints: (values: number[]) => string, taken: Set<string>): Node[] {
  const index = constants.get(at.inputs[1] ?? '');
  const given = split.inputs[1] ?? '';
  const sizes = given === '' ? undefined : constants.get(given);
  if (!index || (given !== '' && !sizes)) throw new OnnxError('a sequence element that is only known at run time', { node: nodeLabel(at), operator: at.opType });
  const i = Number(tensorNumbers(index)[0]);
  const parts = sizes ? Array.from(tensorNumbers(sizes)) : [1];
  const uniform = !sizes || sizes.dims.length === 0;
  if (i < 0 && uniform) throw new OnnxError('a sequence element counted from the end', { node: nodeLabel(at), operator: at.opType });
  const k = i < 0 ? i + parts.length : i;
  const size = uniform ? (parts[0] ?? 1) : (parts[k] ?? 0);
  const start = uniform ? k * size : parts.slice(0, k).reduce((s, n) => s + n, 0);
  const axis = intAttribute(split, 'axis', 0);
  const squeezed = given === '' && intAttribute(split, 'keepdims', 1) === 0;
  const target = at.outputs[0] ?? '';
  const part = squeezed ? freeName(`${target}_part`, taken) : target;
  const slice: Node = { ...plain('Slice', [split.inputs[0] ?? '', ints([start]), ints([start + size]), ints([axis])], part), name: at.name, metadata: at.metadata };
  return squeezed ? [slice, plain('Squeeze', [part, ints([axis])], target)] : [slice];
}

function inPairs(node: Node, taken: Set<string>): Node[] {
  const [first = '', ...rest] = node.inputs;
  let left = first;
  return rest.map((right, i) => {
    const output = i === rest.length - 1 ? (node.outputs[0] ?? '') : freeName(`${node.outputs[0]}_pair${i}`, taken);
    const pair = { ...plain(node.opType, [left, right], output), name: node.name && `${node.name}_pair${i}` };
    left = output;
    return pair;
  });
}

function plain(opType: string, inputs: string[], output: string): Node {
  return { name: '', opType, domain: '', inputs, outputs: [output], attributes: new Map<string, Attribute>() };
}
