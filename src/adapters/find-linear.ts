/**
 * Finding a layer of the network in an exported graph. Exporters keep a module's path in different places: TorchScript in
 * the node's name (`/down_blocks.0/attentions.0/…/attn2/to_k/MatMul`), `torch.export` in the node's metadata
 * (`pkg.torch.onnx.name_scopes`) and in the weight's name.
 */
import type { Graph, Node } from '../onnx';

/** A matrix product, and the path of the module it belongs to, in dots. */
export interface LinearNode {
  readonly node: Node;
  readonly path: string;
}

/** Products whose module path, without the graph's own prefix, fits `pattern` (which sees paths in dots). */
export function findLinears(graph: Graph, pattern: RegExp): LinearNode[] {
  const weights = weightNames(graph);
  const found: LinearNode[] = [];
  for (const node of graph.nodes) {
    if (node.opType !== 'MatMul' && node.opType !== 'Gemm') continue;
    const path = pathsOf(node, weights).map((text) => pattern.exec(text)?.[0]).find((text) => text !== undefined);
    if (path !== undefined) found.push({ node, path });
  }
  return found;
}

function pathsOf(node: Node, weights: ReadonlyMap<string, string>): string[] {
  const scopes = node.metadata?.get('pkg.torch.onnx.name_scopes') ?? '';
  const innermost = [...scopes.matchAll(/'([^']*)'/g)].map((match) => match[1] ?? '').reverse();
  return [node.name.split('/').slice(0, -1).join('.'), ...innermost, weights.get(node.inputs[1] ?? '') ?? ''];
}

/** The initializer behind a value, also where it is transposed or cast on the way. */
export function weightNames(graph: Graph): Map<string, string> {
  const names = new Map([...graph.initializers.keys()].map((name) => [name, name.replace(/\.weight$/, '')]));
  for (const node of graph.nodes) {
    const weight = names.get(node.inputs[0] ?? '');
    const output = node.outputs[0];
    if (weight !== undefined && output !== undefined && ['Transpose', 'Cast', 'DequantizeLinear', 'Identity'].includes(node.opType)) names.set(output, weight);
  }
  return names;
}
