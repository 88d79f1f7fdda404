/** Signed integers for a weight matrix: one scale per column (output channel), no zero point. */
import { numberTensor, rawTensor, type Tensor } from '../tensor.ts';

/** Bits of a weight. 7 where a processor adds two products of 8 bits in 16 and would saturate (`vpmaddubsw`). */
export type WeightBits = 7 | 8;

/** A matrix `[k, n]` inside a tensor of any layout: element (i, j) is `values[offsets[i] + j · stride]`. */
export interface WeightMatrix {
  readonly k: number;
  readonly n: number;
  /** Read from where the weights lie; nothing is kept. */
  read(): { values: ArrayLike<number>; offsets: Int32Array; stride: number };
}

export interface QuantizedMatrix {
  /** int8 `[k, n]`. */
  readonly values: Tensor;
  /** float32 `[n]`: what a step of each column is worth. */
  readonly scales: Tensor;
}

/**
 * Rounds a matrix to `round(w / scale)`, where a column's scale is its largest absolute value over 127 (63 for 7 bits).
 * Source: ONNX operator specification, QuantizeLinear with axis, symmetric.
 */
export function quantizeMatrix({ k, n, read }: WeightMatrix, bits: WeightBits): QuantizedMatrix {
  const limit = bits === 8 ? 127 : 63;
  const { values, offsets, stride } = read();
  const scales = new Float32Array(n);
  const rounded = new Int8Array(k * n);
  for (let j = 0; j < n; j++) {
    let largest = 0;
    for (let i = 0; i < k; i++) largest = Math.max(largest, Math.abs(values[offsets[i]! + j * stride]!));
    const scale = (scales[j] = largest === 0 ? 1 : largest / limit); // a dead channel stays dead
    for (let i = 0; i < k; i++) rounded[i * n + j] = Math.max(-limit, Math.min(limit, Math.round(values[offsets[i]! + j * stride]! / scale)));
  }
  return { values: rawTensor('int8', [k, n], new Uint8Array(rounded.buffer)), scales: numberTensor('float32', scales, [n]) };
}
