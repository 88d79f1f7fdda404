/** A large graph as a processor runs it best: attention in one operator each, so that no matrix of all its logits is held. */
import { dirname } from 'node:path';
import { encodeModel, readModel } from '../../onnx';
import { fuseAttention } from '../../onnx/optimize';

/**
 * The rewritten graph, its weights still where they are; `undefined` if nothing is to be gained, or if the graph cannot be
 * read, which opening it will say better. Only graphs whose weights lie in files of their own: rewriting takes half a second
 * and no memory for them, and they are the ones large enough to gain (measured: recipes/bench/README.md).
 * What comes out depends on the file alone, so that the same file draws the same bytes.
 */
export async function fusedGraph(file: string): Promise<Uint8Array | undefined> {
  try {
    const model = await readModel(file);
    const external = [...model.graph.initializers.values()].some(({ data }) => data.kind === 'file' && data.external);
    const fused = external ? fuseAttention(model) : model;
    return fused === model ? undefined : encodeModel(fused, { externalFolder: dirname(file) });
  } catch {
    return undefined; // a graph that this cannot be done to is opened as it is
  }
}
