/** Rewrites operators as simpler ones, so that the table of gradient rules stays short and knows standard operators only. */
import { GraphBuilder } from '../builder.ts';
import { namesOf } from '../edit.ts';
import { OnnxError } from '../error.ts';
import { nodeLabel, operatorLabel, type Model, type Node } from '../model.ts';
import { readsOf, sortNodes } from '../order.ts';
import { attentionLowerings } from './attention.ts';
import { inlineBranch } from './branch.ts';
import { fusedLowerings } from './fused.ts';
import { LoweringCall, type Lowering } from './lowering.ts';
import { Sequences } from './sequences.ts';
import { standardLowerings } from './standard.ts';

/** By operator, with its domain if that is not the standard one. */
export const lowerings = new Map<string, Lowering>(Object.entries({ ...standardLowerings, ...attentionLowerings, ...fusedLowerings }));

/**
 * The model without sequences of slices and branches whose condition is known; and, where a gradient has to pass between
 * `wrt` and `outputs`, without operators that `lowerings` has. Values keep their names. Expects constants to be folded.
 * @param onNode hears before each node how many of how many are through
 */
export function decompose(model: Model, { wrt, outputs }: { wrt: readonly string[]; outputs: readonly string[] }, onNode: (done: number, total: number) => void = () => undefined): Model {
  const b = new GraphBuilder({ ...model, graph: { ...model.graph, nodes: [], outputs: [] } });
  b.reserve(namesOf(model.graph));
  const sequences = new Sequences(b);
  const onPath = nodesBetween(model, wrt, outputs);
  const read = new Set([...model.graph.nodes.flatMap(readsOf), ...model.graph.outputs.map((o) => o.name)]);
  const visit = (node: Node, needed: boolean): void => {
    const call = new LoweringCall(b, node);
    const branch = inlineBranch(call);
    if (branch) {
      for (const inner of branch) visit(inner, needed);
      return;
    }
    if (sequences.take(call)) return;
    const lowering = needed ? lowerings.get(operatorLabel(node)) : undefined;
    if (!lowering || !lower(lowering, call, read)) b.add(node, model.graph.values);
  };
  sortNodes(model.graph).forEach((node, i, all) => {
    onNode(i, all.length);
    visit(node, onPath.has(node));
  });
  const { graph } = b.finish();
  return { ...model, graph: { ...graph, outputs: model.graph.outputs } };
}

/** Writes a node's replacement: its values are named after the node, and keep its metadata. */
function lower(lowering: Lowering, call: LoweringCall, read: ReadonlySet<string>): boolean {
  const { b, node } = call;
  const first = b.nodes.length;
  const prefix = b.prefix;
  b.prefix = nodeLabel(node);
  try {
    const results = lowering(call);
    if (!results) return false;
    node.outputs.forEach((name, i) => {
      const result = results[i];
      if (!read.has(name)) return;
      if (result === undefined) throw call.error(`output ${i} of ${operatorLabel(node)} is not supported where a gradient passes`);
      b.op('Identity', [result], {}, { as: name });
    });
  } catch (error) {
    throw error instanceof OnnxError ? error.within({ node: nodeLabel(node), operator: operatorLabel(node) }) : error;
  } finally {
    b.prefix = prefix;
  }
  if (node.metadata) for (let i = first; i < b.nodes.length; i++) b.nodes[i] = { ...(b.nodes[i] as Node), metadata: node.metadata };
  return true;
}

function nodesBetween(model: Model, wrt: readonly string[], outputs: readonly string[]): Set<Node> {
  const nodes = sortNodes(model.graph);
  const after = new Set(wrt);
  const forward = new Set(nodes.filter((n) => {
    const reached = readsOf(n).some((x) => after.has(x));
    if (reached) for (const y of n.outputs) after.add(y);
    return reached;
  }));
  const before = new Set(outputs);
  return new Set(nodes.reverse().filter((n) => {
    if (!n.outputs.some((y) => before.has(y))) return false;
    for (const x of readsOf(n)) before.add(x);
    return forward.has(n);
  }));
}
