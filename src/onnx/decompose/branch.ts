/** `If` with a condition that is known: the branch takes its place. */
import { freeName, renameNode } from '../edit.ts';
import type { Node } from '../model.ts';
import type { LoweringCall } from './lowering.ts';

/** The nodes of the branch that will be taken, under free names; undefined when the node is no `If` or that is not known. */
export function inlineBranch({ b, node }: LoweringCall): Node[] | undefined {
  if (node.opType !== 'If' || node.domain !== '') return undefined;
  const condition = b.types.get(node.inputs[0] ?? '')?.value?.[0];
  if (typeof condition !== 'number') return undefined;
  const branch = node.attributes.get(condition ? 'then_branch' : 'else_branch');
  if (branch?.type !== 'graph') return undefined;
  const { nodes, initializers, outputs } = branch.value;
  const renames = new Map<string, string>();
  const taken = new Set<string>();
  for (const name of [...initializers.keys(), ...nodes.flatMap((n) => n.outputs)]) {
    if (name !== '' && !renames.has(name)) renames.set(name, freeName(b.isTaken(name) ? b.fresh(name) : name, taken));
  }
  for (const [name, tensor] of initializers) b.initializer(renames.get(name) as string, tensor);
  const identities = outputs.map(({ name }, i): Node => ({ name: '', opType: 'Identity', domain: '', inputs: [renames.get(name) ?? name], outputs: [node.outputs[i] ?? ''], attributes: new Map() }));
  return [...nodes.map((n) => renameNode(n, renames)), ...identities.filter((n) => n.outputs[0] !== '')];
}
