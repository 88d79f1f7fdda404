/** The layers of an exported graph that have weights, each under the path of its module: matrix products and convolutions. */
import { producersOf, weightBehind, type Graph, type Node } from '../onnx';
import { weightNames } from './find-linear';

export interface GraphLayer {
  /** Paths that the graph gives it, in dots and with the exporter's own prefix; the first is the surest. */
  readonly paths: readonly string[];
  /** More than one where a module is called several times. */
  readonly nodes: readonly LayerNode[];
}

export interface LayerNode {
  readonly node: Node;
  /** How the module itself has its weight: `[out, in]` or `[out, in / groups, height, width]`. */
  readonly dims: readonly number[];
  /** The node reads it as `[in, out]`. */
  readonly transposed: boolean;
}

/** A product that adds up otherwise than its module does (Gemm with an alpha) is none. */
export function findLayers(graph: Graph): GraphLayer[] {
  const producers = producersOf(graph.nodes);
  const names = weightNames(graph);
  const layers = new Map<string, { paths: string[]; nodes: LayerNode[] }>();
  for (const node of graph.nodes) {
    const found = node.domain === '' || node.domain === 'ai.onnx' ? layerNode(node, graph, producers) : undefined;
    const paths = found ? pathsOf(node, names.get(node.inputs[1] ?? '') ?? '', graph) : [];
    const [path] = paths;
    if (!found || path === undefined) continue;
    const layer = layers.get(path) ?? { paths, nodes: [] };
    layer.nodes.push(found);
    layers.set(path, layer);
  }
  return [...layers.values()];
}

/**
 * `torch.export` names the module before last in its scopes, TorchScript in the node's name; both rename most weights of
 * products, and weights that are equal are merged under the name of one.
 */
function pathsOf({ name, metadata }: Node, weight: string, { initializers }: Graph): string[] {
  const scope = [...(metadata?.get('pkg.torch.onnx.name_scopes') ?? '').matchAll(/'([^']*)'/g)].at(-2)?.[1];
  const fromName = name.split('/').slice(0, -1).filter((part) => part !== '').join('.');
  const fromWeight = initializers.has(`${weight}.weight`) ? weight : '';
  return [...new Set([scope ?? '', fromName, fromWeight])].filter((path) => path !== '');
}

function layerNode(node: Node, graph: Graph, producers: ReadonlyMap<string, Node>): LayerNode | undefined {
  if (!['MatMul', 'Gemm', 'Conv'].includes(node.opType)) return undefined;
  const weight = weightBehind(node.inputs[1] ?? '', graph, producers);
  if (!weight || weight.tensor.dims.length < 2) return undefined;
  if (node.opType === 'Conv') return weight.transposed ? undefined : { node, dims: weight.tensor.dims, transposed: false };
  const number = (name: string, fallback: number) => {
    const attribute = node.attributes.get(name);
    return attribute?.type === 'float' ? attribute.value : attribute?.type === 'int' ? Number(attribute.value) : fallback;
  };
  const [rows, columns, ...more] = weight.tensor.dims as [number, number, ...number[]];
  if (more.length > 0 || (node.opType === 'Gemm' && (number('alpha', 1) !== 1 || number('beta', 1) !== 1 || number('transA', 0) !== 0))) return undefined;
  const transposed = node.opType === 'MatMul' || number('transB', 0) === 0;
  return { node, dims: transposed !== weight.transposed ? [columns, rows] : [rows, columns], transposed };
}
