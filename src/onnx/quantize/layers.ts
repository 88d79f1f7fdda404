/**
 * The layers of a graph that are products with constant weights: MatMul, Gemm and two-dimensional convolutions. Weights
 * may stand behind Cast (fp16 stored), Transpose and Identity.
 */
import { isFloat } from '../dtype.ts';
import { floatAttribute, intAttribute, intsAttribute, stringAttribute, type Model, type Node } from '../model.ts';
import { producersOf } from '../order.ts';
import type { TypeTable } from '../shapes/infer.ts';
import { elementCount, tensorNumbers, type Tensor } from '../tensor.ts';
import { weightBehind, type WeightBehind } from '../weight-behind.ts';
import { quantizeMatrix, type QuantizedMatrix, type WeightBits, type WeightMatrix } from './weights.ts';

/** How a convolution walks over its picture. */
export interface Window {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** Top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number];
}

export interface Layer {
  readonly node: Node;
  /** Name of what it makes: no two layers share one. */
  readonly name: string;
  readonly input: string;
  /** Numbers in one sum, and output channels: the layer is rows of `k` times a matrix `[k, n]`. */
  readonly k: number;
  readonly n: number;
  /** Absent for a plain matrix product. */
  readonly window?: Window;
  /** An addend per output channel that the node itself adds. */
  readonly bias?: string;
  /** The weights, rounded when first asked for. For a convolution k runs over window rows, columns, channels. */
  quantized(bits: WeightBits): QuantizedMatrix;
}

/** All such layers in the graph's order. Products of two computed values, grouped convolutions and odd forms are not among them. */
export function findLayers(model: Model, types: TypeTable): Layer[] {
  const weights = new Weights(model);
  return model.graph.nodes.flatMap((node) => {
    if (node.domain !== '' && node.domain !== 'ai.onnx') return [];
    const layer = node.opType === 'MatMul' ? matMul(node, weights) : node.opType === 'Gemm' ? gemm(node, weights) : node.opType === 'Conv' ? convolution(node, weights) : undefined;
    const input = layer && types.get(layer.input);
    return layer && input?.shape && isFloat(input.dtype) && input.dtype !== 'float64' ? [layer] : [];
  });
}

function layerOf(node: Node, weights: WeightMatrix | undefined, rest: Pick<Layer, 'window'> = {}): Layer | undefined {
  if (!weights) return undefined;
  const known = new Map<WeightBits, QuantizedMatrix>();
  const quantized = (bits: WeightBits) => {
    const matrix = known.get(bits) ?? quantizeMatrix(weights, bits);
    known.set(bits, matrix);
    return matrix;
  };
  const bias = node.inputs[2] ?? '';
  return { node, name: node.outputs[0] ?? '', input: node.inputs[0] ?? '', k: weights.k, n: weights.n, quantized, ...(bias !== '' && { bias }), ...rest };
}

function matMul(node: Node, weights: Weights): Layer | undefined {
  return layerOf(node, weights.matrix(node.inputs[1] ?? ''));
}

function gemm(node: Node, weights: Weights): Layer | undefined {
  const plain = intAttribute(node, 'transA', 0) === 0 && floatAttribute(node, 'alpha', 1) === 1 && floatAttribute(node, 'beta', 1) === 1;
  return plain ? layerOf(node, weights.matrix(node.inputs[1] ?? '', intAttribute(node, 'transB', 0) === 1)) : undefined;
}

function convolution(node: Node, weights: Weights): Layer | undefined {
  const tensor = weights.tensor(node.inputs[1] ?? '');
  if (tensor?.dims.length !== 4 || intAttribute(node, 'group', 1) !== 1 || stringAttribute(node, 'auto_pad', 'NOTSET') !== 'NOTSET') return undefined;
  const [n, channels, height, width] = tensor.dims as readonly [number, number, number, number];
  const taps = height * width;
  const pair = (name: string) => (intsAttribute(node, name) ?? [1, 1]) as unknown as readonly [number, number];
  const pads = (intsAttribute(node, 'pads') ?? [0, 0, 0, 0]) as unknown as Window['pads'];
  const read = () => ({
    values: tensorNumbers(tensor), // [n, channels, taps]
    offsets: Int32Array.from({ length: taps * channels }, (_, i) => (i % channels) * taps + Math.floor(i / channels)),
    stride: channels * taps,
  });
  return layerOf(node, { k: channels * taps, n, read }, { window: { kernel: [height, width], strides: pair('strides'), dilations: pair('dilations'), pads } });
}

/** Constants of a graph, also those that reach a node through Cast, Transpose and Identity. */
class Weights {
  private readonly producers: ReadonlyMap<string, Node>;

  constructor(private readonly model: Model) {
    this.producers = producersOf(model.graph.nodes);
  }

  /** The tensor behind casts alone. */
  tensor(name: string): Tensor | undefined {
    const found = this.follow(name);
    return found && !found.transposed ? found.tensor : undefined;
  }

  /** The matrix a value is; `flipped` if its user reads it transposed. */
  matrix(name: string, flipped = false): WeightMatrix | undefined {
    const found = this.follow(name);
    if (found?.tensor.dims.length !== 2) return undefined;
    const [rows, columns] = found.tensor.dims as readonly [number, number];
    const transposed = found.transposed !== flipped;
    const [k, n] = transposed ? [columns, rows] : [rows, columns];
    const read = () => ({ values: tensorNumbers(found.tensor), offsets: Int32Array.from({ length: k }, (_, i) => (transposed ? i : i * columns)), stride: transposed ? columns : 1 });
    return { k, n, read };
  }

  private follow(name: string): WeightBehind | undefined {
    const found = weightBehind(name, this.model.graph, this.producers);
    return found && !this.isInput(found.name) && elementCount(found.tensor.dims) > 0 ? found : undefined;
  }

  /** An initializer that is also an input may be fed another value. */
  private isInput(name: string): boolean {
    return this.model.graph.inputs.some((input) => input.name === name);
  }
}
