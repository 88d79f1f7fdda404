/**
 * Raises a model's standard operator set, from 13 on. Only what changed meaning or signature is rewritten;
 * source: onnx/onnx docs/Changelog.md.
 */
import { freeName, namesOf } from './edit.ts';
import { OnnxError } from './error.ts';
import { intAttribute, nodeLabel, type Attribute, type Model, type Node } from './model.ts';
import { inferTypes, type TypeTable } from './shapes/infer.ts';
import { int64Tensor, type Tensor } from './tensor.ts';

const OLDEST = 13;
/** ONNX IR version that an operator set needs at least: onnx/onnx docs/Versioning.md. */
const IR_VERSIONS: readonly (readonly [opset: number, ir: number])[] = [[21, 10], [19, 9], [15, 8], [13, 7]];

/** Reductions whose axes became an input in 18 (ReduceSum had it in 13). */
const REDUCTIONS = new Set(['ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceProd', 'ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceSumSquare']);

type Rewrite = (node: Node, context: { constant(tensor: Tensor, hint: string): string; types: TypeTable; emit(node: Node): void; name(hint: string): string }) => Node;

/** The model at operator set `target` or its own, whichever is higher. Throws `OnnxError` below 13. */
export function upgradeOpset(model: Model, target: number): Model {
  const from = model.opsets.get('') ?? 0;
  if (from < OLDEST) throw new OnnxError(`operator set ${from} is too old: ${OLDEST} or above is needed`, { file: model.file });
  if (from >= target) return model;
  const rewrites = rewritesBetween(from, target);
  const initializers = new Map(model.graph.initializers);
  const taken = namesOf(model.graph);
  const touched = model.graph.nodes.some((n) => n.domain === '' && rewrites.has(n.opType));
  const types = touched ? inferTypes(model) : undefined;
  const nodes: Node[] = [];
  for (const node of model.graph.nodes) {
    const rewrite = node.domain === '' ? rewrites.get(node.opType) : undefined;
    const constant = (tensor: Tensor, hint: string): string => {
      const name = freeName(hint, taken);
      initializers.set(name, tensor);
      return name;
    };
    const context = { constant, types: types as TypeTable, emit: (n: Node) => { nodes.push(n); }, name: (hint: string) => freeName(hint, taken) };
    nodes.push(rewrite ? rewrite(node, context) : node);
  }
  const opsets = new Map(model.opsets).set('', target);
  const irVersion = Math.max(model.irVersion, IR_VERSIONS.find(([opset]) => target >= opset)?.[1] ?? 7);
  return { ...model, opsets, irVersion, graph: { ...model.graph, nodes, initializers } };
}

function rewritesBetween(from: number, target: number): Map<string, Rewrite> {
  const crosses = (version: number): boolean => from < version && target >= version;
  const rewrites = new Map<string, Rewrite>();
  if (crosses(18)) {
    for (const name of REDUCTIONS) rewrites.set(name, axesToInput);
    rewrites.set('Split', splitInEqualParts);
  }
  if (crosses(20)) rewrites.set('GridSample', renameModes);
  if (crosses(21)) rewrites.set('GroupNormalization', scalePerChannel);
  return rewrites;
}

const axesToInput: Rewrite = (node, { constant }) => {
  const axes = node.attributes.get('axes');
  if (axes?.type !== 'ints') return node;
  return { ...without(node, 'axes'), inputs: [node.inputs[0] ?? '', constant(int64Tensor(axes.value), `${nodeLabel(node)}_axes`)] };
};

const splitInEqualParts: Rewrite = (node) => {
  if ((node.inputs[1] ?? '') !== '' || node.attributes.has('num_outputs')) return node;
  return { ...node, attributes: new Map<string, Attribute>([...node.attributes, ['num_outputs', { type: 'int', value: BigInt(node.outputs.length) }]]) };
};

const renameModes: Rewrite = (node) => {
  const mode = node.attributes.get('mode');
  const renamed = { bilinear: 'linear', bicubic: 'cubic' }[mode?.type === 'string' ? mode.value : 'bilinear'];
  return renamed ? { ...node, attributes: new Map<string, Attribute>([...node.attributes, ['mode', { type: 'string', value: renamed }]]) } : node;
};

/** In 18 scale and bias are per group, in 21 per channel: each is repeated for the channels of its group. */
const scalePerChannel: Rewrite = (node, { constant, types, emit, name }) => {
  const channels = types.get(node.inputs[0] ?? '')?.shape?.[1];
  const groups = intAttribute(node, 'num_groups', 1);
  if (typeof channels !== 'number') throw new OnnxError('cannot raise GroupNormalization to 21: its channels are unknown', { node: nodeLabel(node), operator: node.opType });
  const perChannel = [1, 2].map((i) => {
    const [column, wide, flat] = [name(`${nodeLabel(node)}_column`), name(`${nodeLabel(node)}_wide`), name(`${nodeLabel(node)}_flat`)];
    const step = (opType: string, input: string, dims: number[], output: string): void =>
      emit({ name: '', opType, domain: '', inputs: [input, constant(int64Tensor(dims), `${output}_shape`)], outputs: [output], attributes: new Map() });
    step('Reshape', node.inputs[i] ?? '', [groups, 1], column);
    step('Expand', column, [groups, channels / groups], wide);
    step('Reshape', wide, [channels], flat);
    return flat;
  });
  return { ...node, inputs: [node.inputs[0] ?? '', ...perChannel] };
};

function without(node: Node, attribute: string): Node {
  return { ...node, attributes: new Map([...node.attributes].filter(([name]) => name !== attribute)) };
}
