/**
 * An encoder that draws from its Gaussian within the graph, as the diffusers script and Olive export it. A graph's own random
 * numbers are others in every process: the node that makes them becomes an input, and the seed deals them as in diffusers.
 */
import { dirname } from 'node:path';
import type { Node } from '../../onnx/model';
import { pruneGraph } from '../../onnx/order';
import { readModel } from '../../onnx/read';
import { encodeModel } from '../../onnx/write';

/** The input that takes the place of the graph's own random numbers, of the latents' shape. */
export const NOISE_INPUT = 'easel.noise';

const RANDOM = new Set(['RandomNormal', 'RandomNormalLike']);
/** The type of what they make where they do not say. */
const FLOAT = 1n;
const TYPES: ReadonlyMap<bigint, 'float32' | 'float16'> = new Map([[FLOAT, 'float32'], [10n, 'float16']]);

/** The graph at `file` with its noise as an input; `undefined` if it draws none, or cannot be read, which opening it says better. */
export async function encoderWithNoiseInput(file: string): Promise<Uint8Array | undefined> {
  try {
    const model = await readModel(file);
    const random = model.graph.nodes.filter(({ opType }) => RANDOM.has(opType));
    const dtype = random[0]?.attributes.get('dtype');
    const type = TYPES.get(dtype?.type === 'int' ? dtype.value : FLOAT);
    if (random.length !== 1 || type === undefined || !isStandard(random[0]!)) return undefined;
    const renamed = model.graph.nodes.filter((node) => node !== random[0]).map((node) => ({ ...node, inputs: node.inputs.map((name) => (name === random[0]!.outputs[0] ? NOISE_INPUT : name)) }));
    const input = { name: NOISE_INPUT, dtype: type, shape: ['batch', 'channels', 'rows', 'columns'].map((side) => `${NOISE_INPUT}.${side}`) };
    const graph = pruneGraph({ ...model.graph, nodes: renamed, inputs: [...model.graph.inputs, input] });
    return encodeModel({ ...model, graph }, { externalFolder: dirname(file) });
  } catch {
    return undefined;
  }
}

function isStandard({ attributes }: Node): boolean {
  const [mean, scale] = [attributes.get('mean'), attributes.get('scale')];
  return (mean?.type !== 'float' || mean.value === 0) && (scale?.type !== 'float' || scale.value === 1);
}
