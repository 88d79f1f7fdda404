/** Replaces calls of model-local functions by their bodies, nested ones too. */
import { freeName, namesOf, renameNode } from './edit.ts';
import { OnnxError } from './error.ts';
import { nodeLabel, operatorLabel, type Attribute, type FunctionBody, type Model, type Node } from './model.ts';

const DEEPEST = 64;

/** The same model without functions. Throws `OnnxError` for recursion or a body written for another operator set. */
export function inlineFunctions(model: Model): Model {
  if (model.functions.length === 0) return model;
  const bodies = new Map(model.functions.map((f) => [`${f.domain}:${f.name}`, f]));
  const taken = namesOf(model.graph);
  const opsets = new Map(model.opsets);
  const expand = (node: Node, depth: number): Node[] => {
    const body = bodies.get(`${node.domain}:${node.opType}`);
    if (!body) return [node];
    if (depth > DEEPEST) throw new OnnxError('functions call each other without end', { node: nodeLabel(node), operator: operatorLabel(node) });
    for (const [domain, version] of body.opsets) {
      const own = opsets.get(domain);
      if (own !== undefined && own !== version && domain === '') {
        throw new OnnxError(`function body needs operator set ${version}, the model has ${own}`, { node: nodeLabel(node), operator: operatorLabel(node), file: model.file });
      }
      if (own === undefined) opsets.set(domain, version);
    }
    return instantiate(body, node, taken).flatMap((n) => expand(n, depth + 1));
  };
  const nodes = model.graph.nodes.flatMap((n) => expand(n, 0));
  for (const { domain } of model.functions) opsets.delete(domain);
  return { ...model, functions: [], opsets, graph: { ...model.graph, nodes } };
}

function instantiate(body: FunctionBody, call: Node, taken: Set<string>): Node[] {
  const names = new Map<string, string>();
  body.inputs.forEach((name, i) => names.set(name, call.inputs[i] ?? ''));
  body.outputs.forEach((name, i) => {
    const wanted = call.outputs[i] ?? '';
    // An output that hands an input through keeps the input's name inside; an Identity is added below.
    if (!names.has(name)) names.set(name, wanted !== '' ? wanted : freeName(`${nodeLabel(call)}/${name}`, taken));
  });
  for (const name of body.nodes.flatMap((n) => n.outputs)) {
    if (name !== '' && !names.has(name)) names.set(name, freeName(`${nodeLabel(call)}/${name}`, taken));
  }
  const nodes = body.nodes.map((node): Node => {
    const renamed = renameNode({ ...node, attributes: new Map() }, names);
    return { ...renamed, name: `${nodeLabel(call)}/${node.name}`, attributes: resolve(node.attributes, call, body), metadata: call.metadata };
  });
  body.outputs.forEach((name, i) => {
    const wanted = call.outputs[i] ?? '';
    if (body.inputs.includes(name) && wanted !== '') {
      nodes.push({ name: '', opType: 'Identity', domain: '', inputs: [names.get(name) ?? ''], outputs: [wanted], attributes: new Map() });
    }
  });
  return nodes;
}

/** Attributes that refer to the call's; one that the call leaves out takes the default, or is left out too. */
function resolve(attributes: ReadonlyMap<string, Attribute>, call: Node, body: FunctionBody): Map<string, Attribute> {
  const resolved = new Map<string, Attribute>();
  for (const [name, attribute] of attributes) {
    const value = attribute.type === 'reference' ? (call.attributes.get(attribute.value) ?? body.defaults.get(attribute.value)) : attribute;
    if (value) resolved.set(name, value);
  }
  return resolved;
}
