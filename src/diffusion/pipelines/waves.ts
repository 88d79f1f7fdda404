/**
 * Sines and cosines of a denoiser on a graphics card. WGSL asks for an absolute error of 2⁻¹¹ within ±π and for nothing beyond
 * (W3C's WGSL, "Accuracy of concrete floating point expressions"), and a timestep's embedding is the sine of up to 1000. SwiftShader
 * was 1.1e-4 off there, which one pass of the tiny SD3 made 8e-4 of its answer, and 2.9e-5 with these nodes on the processor. They
 * are a few hundred numbers, so the processor computes them.
 */
import type { Model } from '../../onnx';

/** The model with a name for every one of these nodes, itself if they have one, and the names. */
export function namedWaves(model: Model): { model: Model; names: string[] } {
  const isWave = ({ opType, domain }: Model['graph']['nodes'][number]) => domain === '' && (opType === 'Sin' || opType === 'Cos');
  const nodes = model.graph.nodes.map((node) => (isWave(node) && node.name === '' ? { ...node, name: `easel.wave.${node.outputs[0]}` } : node));
  const isNamed = nodes.every((node, i) => node === model.graph.nodes[i]);
  return { model: isNamed ? model : { ...model, graph: { ...model.graph, nodes } }, names: nodes.filter(isWave).map(({ name }) => name) };
}
