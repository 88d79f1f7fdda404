/** Edits of whole models. Each returns a new model; tensors and untouched nodes are shared with the old one. */
import { OnnxError } from './error.ts';
import type { Attribute, Graph, Model, Node, ValueInfo } from './model.ts';
import { producersOf, pruneGraph } from './order.ts';
import { inferTypes, typeInfo } from './shapes/infer.ts';
import { byteLength, type Tensor } from './tensor.ts';
import { upgradeOpset } from './upgrade.ts';

/**
 * The part that computes `outputs` from `inputs` (any values of the graph; those in the middle become inputs).
 * Inputs of the model that the part needs stay inputs. Throws `OnnxError` for unknown names.
 */
export function extractSubgraph(model: Model, { inputs, outputs }: { inputs?: readonly string[]; outputs: readonly string[] }): Model {
  const types = inferTypes(model);
  const info = (name: string): ValueInfo => {
    const type = types.get(name);
    if (!type) throw new OnnxError(`the model has no value "${name}"`, { file: model.file });
    return declaredAs(model.graph, name) ?? typeInfo(name, type);
  };
  const cut = new Set(inputs ?? []);
  const wanted = outputs.map(info);
  const newInputs = [...cut].map(info);
  const nodes = model.graph.nodes
    .map((n) => ({ ...n, outputs: n.outputs.map((o) => (cut.has(o) ? '' : o)) }))
    .filter((n) => n.outputs.some((o) => o !== ''));
  const initializers = new Map([...model.graph.initializers].filter(([name]) => !cut.has(name)));
  const rest = model.graph.inputs.filter((i) => !cut.has(i.name));
  const pruned = pruneGraph({ ...model.graph, nodes, initializers, outputs: wanted, inputs: [...newInputs, ...rest] });
  const read = new Set([...pruned.nodes.flatMap((n) => n.inputs), ...outputs]);
  return { ...model, graph: { ...pruned, inputs: pruned.inputs.filter((i) => cut.has(i.name) || read.has(i.name)) } };
}

/**
 * Runs `second` after `first` in one graph. `connect` maps outputs of `first` to inputs of `second`.
 * Other equal names are values of their own: those of `second` get `prefix`, its inputs and outputs only when they collide;
 * inputs named in `shared` are one input. Connected outputs stay outputs if named in `keep`.
 */
export function joinModels(
  first: Model, second: Model,
  { connect, shared = [], keep = [], prefix = 'next.' }: { connect: Readonly<Record<string, string>>; shared?: readonly string[]; keep?: readonly string[]; prefix?: string },
): Model {
  const opset = Math.max(first.opsets.get('') ?? 0, second.opsets.get('') ?? 0);
  const [a, b] = [upgradeOpset(first, opset), upgradeOpset(second, opset)];
  const outputs = new Set(a.graph.outputs.map((o) => o.name));
  const inputs = new Set(b.graph.inputs.map((i) => i.name));
  const taken = namesOf(a.graph);
  const renames = new Map<string, string>();
  for (const [from, to] of Object.entries(connect)) {
    if (!outputs.has(from)) throw new OnnxError(`the first model has no output "${from}"`, { file: a.file });
    if (!inputs.has(to)) throw new OnnxError(`the second model has no input "${to}"`, { file: b.file });
    renames.set(to, from);
  }
  for (const name of namesOf(b.graph)) {
    if (!renames.has(name) && taken.has(name) && !shared.includes(name)) renames.set(name, freeName(prefix + name, taken));
  }
  const next = renameValues(b, renames).graph;
  const kept = a.graph.outputs.filter((o) => !(o.name in connect) || keep.includes(o.name));
  const given = new Set(a.graph.inputs.map((i) => i.name));
  const graph: Graph = {
    ...a.graph,
    nodes: [...a.graph.nodes, ...next.nodes.map((n) => ({ ...n, name: n.name && prefix + n.name }))],
    inputs: [...a.graph.inputs, ...next.inputs.filter((i) => !given.has(i.name) && !outputs.has(i.name))],
    outputs: [...kept, ...next.outputs],
    values: new Map([...a.graph.values, ...next.values]),
    initializers: new Map([...a.graph.initializers, ...next.initializers]),
  };
  return {
    ...a, graph, opsets: new Map([...b.opsets, ...a.opsets]), irVersion: Math.max(a.irVersion, b.irVersion),
    functions: [...a.functions, ...b.functions], metadata: new Map([...b.metadata, ...a.metadata]),
  };
}

/** Renames values wherever they occur, subgraphs included. Throws when two values would get one name. */
export function renameValues(model: Model, renames: ReadonlyMap<string, string>): Model {
  const graph = renameIn(model.graph, renames);
  producersOf(graph.nodes);
  return { ...model, graph };
}

/** Adds nodes (and what they need) behind the graph, and outputs of it. `GraphBuilder` is the comfortable way. */
export function appendNodes(
  model: Model, nodes: readonly Node[],
  { initializers = new Map(), inputs = [], outputs = [] }: { initializers?: ReadonlyMap<string, Tensor>; inputs?: readonly ValueInfo[]; outputs?: readonly ValueInfo[] } = {},
): Model {
  const { graph } = model;
  const all = [...graph.nodes, ...nodes];
  producersOf(all);
  return {
    ...model,
    graph: {
      ...graph, nodes: all, inputs: [...graph.inputs, ...inputs], outputs: [...graph.outputs, ...outputs],
      initializers: new Map([...graph.initializers, ...initializers]),
    },
  };
}

/** Puts other tensors in place of initializers. Types and shapes must agree. */
export function replaceInitializers(model: Model, tensors: ReadonlyMap<string, Tensor>): Model {
  const initializers = new Map(model.graph.initializers);
  for (const [name, tensor] of tensors) {
    const old = initializerOf(model, name);
    if (old.dtype !== tensor.dtype || old.dims.join() !== tensor.dims.join() || byteLength(old) !== byteLength(tensor)) {
      throw new OnnxError(`initializer "${name}" is ${old.dtype} [${old.dims.join(', ')}], not ${tensor.dtype} [${tensor.dims.join(', ')}]`, { file: model.file });
    }
    initializers.set(name, tensor);
  }
  return { ...model, graph: { ...model.graph, initializers } };
}

/** Makes initializers inputs; with `keepDefault` their tensor stays as the input's default, else it must be fed. */
export function liftInitializers(model: Model, names: readonly string[], { keepDefault = false } = {}): Model {
  const initializers = new Map(model.graph.initializers);
  const inputs = [...model.graph.inputs];
  for (const name of names) {
    const { dtype, dims } = initializerOf(model, name);
    if (!inputs.some((i) => i.name === name)) inputs.push({ name, dtype, shape: dims });
    if (!keepDefault) initializers.delete(name);
  }
  return { ...model, graph: { ...model.graph, inputs, initializers } };
}

/** All names of a graph's values. */
export function namesOf(graph: Graph): Set<string> {
  return new Set([...graph.inputs.map((i) => i.name), ...graph.initializers.keys(), ...graph.nodes.flatMap((n) => n.outputs)]);
}

export function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let n = 1; taken.has(name); n++) name = `${wanted}_${n}`;
  taken.add(name);
  return name;
}

function initializerOf(model: Model, name: string): Tensor {
  const tensor = model.graph.initializers.get(name);
  if (!tensor) throw new OnnxError(`the model has no initializer "${name}"`, { file: model.file });
  return tensor;
}

function declaredAs(graph: Graph, name: string): ValueInfo | undefined {
  return graph.inputs.find((i) => i.name === name) ?? graph.outputs.find((o) => o.name === name);
}

function renameIn(graph: Graph, renames: ReadonlyMap<string, string>): Graph {
  const to = (name: string): string => (name === '' ? '' : (renames.get(name) ?? name));
  const info = (v: ValueInfo): ValueInfo => ({ ...v, name: to(v.name) });
  return {
    ...graph,
    nodes: graph.nodes.map((n) => renameNode(n, renames)),
    inputs: graph.inputs.map(info), outputs: graph.outputs.map(info),
    values: new Map([...graph.values.values()].map((v) => [to(v.name), info(v)])),
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [to(name), tensor])),
  };
}

/** One node under new value names; a subgraph's own names hide outer ones. */
export function renameNode(node: Node, renames: ReadonlyMap<string, string>): Node {
  const to = (name: string): string => (name === '' ? '' : (renames.get(name) ?? name));
  const attribute = (a: Attribute): Attribute => {
    if (a.type !== 'graph') return a;
    const own = namesOf(a.value);
    return { ...a, value: renameIn(a.value, new Map([...renames].filter(([from]) => !own.has(from)))) };
  };
  return {
    ...node, inputs: node.inputs.map(to), outputs: node.outputs.map(to),
    attributes: new Map([...node.attributes].map(([name, a]) => [name, attribute(a)])),
  };
}
