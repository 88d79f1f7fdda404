/**
 * The norm at the end of a text encoder, taken out of its graph: a layer skipped by CLIP skip is read before that norm, and
 * SD 1.x and 2.x were trained on what comes after it.
 */
import type { Node } from '../../onnx/model';
import { readModel } from '../../onnx/read';
import { tensorNumbers, type Tensor } from '../../onnx/tensor';

/** Normalises each token of `[tokens, width]` in place. */
export type FinalNorm = (hidden: Float32Array) => void;

/** The layer norm that makes `output` in the graph at `file`; `undefined` if something else makes it. */
export async function readFinalNorm(file: string, output: string): Promise<FinalNorm | undefined> {
  const { graph } = await readModel(file);
  const maker = (name: string) => graph.nodes.find(({ outputs }) => outputs[0] === name);
  const last = maker(output);
  if (last?.opType === 'LayerNormalization') {
    const epsilon = last.attributes.get('epsilon');
    return normOf(graph.initializers.get(last.inputs[1] ?? ''), graph.initializers.get(last.inputs[2] ?? ''), epsilon?.type === 'float' ? epsilon.value : DEFAULT_EPSILON);
  }
  // Before opset 17 a norm is many operators, of which the last two hold its weights: x̂ · weight + bias.
  const initializer = (node: Node | undefined) => node?.inputs.map((name) => graph.initializers.get(name)).find((tensor) => tensor !== undefined);
  const product = last?.inputs.map(maker).find((node) => node?.opType === 'Mul');
  return last?.opType === 'Add' ? normOf(initializer(product), initializer(last), DEFAULT_EPSILON) : undefined;
}

/** What every CLIP text encoder has. */
const DEFAULT_EPSILON = 1e-5;

function normOf(weight: Tensor | undefined, bias: Tensor | undefined, epsilon: number): FinalNorm | undefined {
  if (!weight || !bias || weight.dims.length !== 1 || bias.dims.join() !== weight.dims.join()) return undefined;
  const [scale, shift] = [tensorNumbers(weight), tensorNumbers(bias)];
  return (hidden) => layerNorm(hidden, scale, shift, epsilon);
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
