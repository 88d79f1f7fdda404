/** The order of nodes: checked, made topological, and what an output needs. */
import { OnnxError } from './error.ts';
import { nodeLabel, type Attribute, type Graph, type Node } from './model.ts';

/** Which node makes each value. Throws when two do. */
export function producersOf(nodes: readonly Node[]): Map<string, Node> {
  const producers = new Map<string, Node>();
  for (const node of nodes) {
    for (const output of node.outputs) {
      if (output === '') continue;
      if (producers.has(output)) throw new OnnxError(`value "${output}" is made twice`, { node: nodeLabel(node), operator: node.opType });
      producers.set(output, node);
    }
  }
  return producers;
}

/** Everything a node reads: its inputs, and what its subgraphs take from outside. */
export function readsOf(node: Node): string[] {
  const reads = node.inputs.filter((name) => name !== '');
  for (const attribute of node.attributes.values()) reads.push(...outerReads(attribute));
  return reads;
}

function outerReads(attribute: Attribute): string[] {
  if (attribute.type !== 'graph') return [];
  const { nodes, inputs, outputs, initializers } = attribute.value;
  const own = new Set([...inputs.map((i) => i.name), ...initializers.keys(), ...nodes.flatMap((n) => n.outputs)]);
  return [...nodes.flatMap(readsOf), ...outputs.map((o) => o.name)].filter((name) => !own.has(name));
}

/**
 * Nodes in topological order, otherwise as they stood.
 * Throws `OnnxError` naming the cycle, an input that nothing makes, or a value made twice.
 */
export function sortNodes(graph: Graph): Node[] {
  const producers = producersOf(graph.nodes);
  const given = new Set([...graph.inputs.map((i) => i.name), ...graph.initializers.keys()]);
  const sorted: Node[] = [];
  const state = new Map<Node, 'open' | 'done'>();
  for (const root of graph.nodes) {
    const stack: { node: Node; reads: string[]; next: number }[] = [];
    const enter = (node: Node): void => {
      state.set(node, 'open');
      stack.push({ node, reads: readsOf(node), next: 0 });
    };
    if (!state.has(root)) enter(root);
    while (stack.length > 0) {
      const top = stack[stack.length - 1] as (typeof stack)[number];
      const read = top.reads[top.next++];
      if (read === undefined) {
        state.set(top.node, 'done');
        sorted.push(top.node);
        stack.pop();
        continue;
      }
      const producer = producers.get(read);
      if (!producer) {
        if (!given.has(read)) throw new OnnxError(`input "${read}" is made by nothing`, { node: nodeLabel(top.node), operator: top.node.opType });
      } else if (state.get(producer) === 'open') {
        const cycle = stack.slice(stack.findIndex((s) => s.node === producer)).map((s) => nodeLabel(s.node));
        throw new OnnxError('the graph has a cycle', { node: nodeLabel(producer), operator: producer.opType, path: [...cycle, cycle[0]].join(' → ') });
      } else if (!state.has(producer)) {
        enter(producer);
      }
    }
  }
  const made = new Set([...given, ...producers.keys()]);
  for (const { name } of graph.outputs) if (!made.has(name)) throw new OnnxError(`output "${name}" is made by nothing`);
  return sorted;
}

/** Drops nodes and initializers that no output needs; inputs stay, they are the graph's interface. */
export function pruneGraph(graph: Graph): Graph {
  const producers = producersOf(graph.nodes);
  const needed = new Set<Node>();
  const read = new Set<string>();
  const pending = graph.outputs.map((o) => o.name);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (read.has(name)) continue;
    read.add(name);
    const node = producers.get(name);
    if (!node || needed.has(node)) continue;
    needed.add(node);
    pending.push(...readsOf(node));
  }
  const inputs = new Set(graph.inputs.map((i) => i.name));
  return {
    ...graph,
    nodes: graph.nodes.filter((n) => needed.has(n)),
    initializers: new Map([...graph.initializers].filter(([name]) => read.has(name) || inputs.has(name))),
    values: new Map([...graph.values].filter(([name]) => { const p = producers.get(name); return p !== undefined && needed.has(p); })),
  };
}
