/** A large graph as a processor runs it best: attention in one operator each, so that no matrix of all its logits is held. */
import { dirname } from 'node:path';
import { byteLength, encodeModel, readModel, type Model } from '../../onnx';
import { fuseAttention, unpackAttention } from '../../onnx/optimize';

/** Bytes of weights from which rewriting pays: it takes half a second and no memory for them (measured: recipes/bench/README.md). */
const LARGE = 2 ** 28;

/**
 * The rewritten graph, its weights still where they are, be that in the graph's own file; `undefined` if nothing is to be
 * gained, or if the graph cannot be read, which opening it will say better.
 * What comes out depends on the file alone, so that the same file draws the same bytes.
 */
export async function fusedGraph(file: string, large = LARGE): Promise<Uint8Array | undefined> {
  try {
    const model = await readModel(file);
    const fused = fusedModel(model, large);
    return fused === model ? undefined : encodeModel(fused, { externalFolder: dirname(file), inPlace: true });
  } catch {
    return undefined; // a graph that this cannot be done to is opened as it is
  }
}

/** The model itself if none of its attention is packed and it has little or none of the form that gains. */
export function fusedModel(model: Model, large = LARGE): Model {
  const weights = [...model.graph.initializers.values()].reduce((sum, tensor) => sum + byteLength(tensor), 0);
  const unpacked = unpackAttention(model);
  return weights >= large ? fuseAttention(unpacked) : unpacked;
}
