/**
 * The norm at the end of a text encoder, taken out of its graph: a layer skipped by CLIP skip is read before that norm, and
 * SD 1.x and 2.x were trained on what comes after it.
 */
import { readModel } from '../../onnx/read';
import { tensorNumbers } from '../../onnx/tensor';

/** Normalises each token of `[tokens, width]` in place. */
export type FinalNorm = (hidden: Float32Array) => void;

/** The layer norm that makes `output` in the graph at `file`; `undefined` if something else makes it. */
export async function readFinalNorm(file: string, output: string): Promise<FinalNorm | undefined> {
  const { graph } = await readModel(file);
  const node = graph.nodes.find(({ opType, outputs }) => opType === 'LayerNormalization' && outputs[0] === output);
  const weight = graph.initializers.get(node?.inputs[1] ?? '');
  const bias = graph.initializers.get(node?.inputs[2] ?? '');
  if (!node || !weight || !bias) return undefined;
  const epsilon = node.attributes.get('epsilon');
  const [scale, shift] = [tensorNumbers(weight), tensorNumbers(bias)];
  return (hidden) => layerNorm(hidden, scale, shift, epsilon?.type === 'float' ? epsilon.value : 1e-5);
}

/** ONNX LayerNormalization over the last axis. */
function layerNorm(hidden: Float32Array, scale: ArrayLike<number>, shift: ArrayLike<number>, epsilon: number): void {
  const width = scale.length;
  for (let start = 0; start < hidden.length; start += width) {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += hidden[start + i]!;
    const mean = sum / width;
    let squares = 0;
    for (let i = 0; i < width; i++) squares += (hidden[start + i]! - mean) ** 2;
    const deviation = Math.sqrt(squares / width + epsilon);
    for (let i = 0; i < width; i++) hidden[start + i] = ((hidden[start + i]! - mean) / deviation) * scale[i]! + shift[i]!;
  }
}
