/**
 * How many channels a denoiser's latents have where its input names that axis instead: the diffusers script and Olive's recipes
 * export every axis as symbolic, and an inpainting model is told from others by its nine channels alone.
 */
import { readModel } from '../../onnx/read';
import { readsOf } from '../../onnx/order';

/** Operators through which latents go to the first convolution of a converted graph. */
const PASSING = ['Cast', 'Identity'];

/** What the weights of the first convolution over `latents` say of the graph at `file`; `undefined` if something else reads them. */
export async function latentChannels(file: string, latents: string): Promise<number | undefined> {
  const { graph } = await readModel(file);
  const reader = graph.nodes.find((node) => readsOf(node).includes(latents));
  if (reader && PASSING.includes(reader.opType)) return channelsOf(reader.outputs[0]!);
  return channelsOf(latents);

  function channelsOf(name: string): number | undefined {
    const convolution = graph.nodes.find((node) => node.opType === 'Conv' && node.inputs[0] === name);
    return graph.initializers.get(convolution?.inputs[1] ?? '')?.dims[1];
  }
}
