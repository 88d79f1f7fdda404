/** A bank of soft tokens, as numbers: tokens per layer and how they change with time. */
import { timeWeights, type TimeEmbedding } from './time-embedding';

export interface SoftTokens {
  /** Layers with tokens of their own; 1 where all blocks share them (UNets). */
  readonly layers: number;
  /** Tokens per layer. */
  readonly count: number;
  readonly width: number;
  /** `[layers, count, width]`. */
  readonly tokens: Float32Array;
  readonly time: TimeEmbedding;
  /** `[rows, layers, width]`; empty without a time embedding. */
  readonly timeTable: Float32Array;
}

/** The tokens at a time, `[layers, count, width]`: every token of a layer moved by the layer's offset. */
export function tokensAt({ layers, count, width, tokens, time, timeTable }: SoftTokens, timestep: number): Float32Array {
  const moved = tokens.slice();
  for (const [row, weight] of timeWeights(time, timestep)) {
    for (let layer = 0; layer < layers; layer++) {
      const from = (row * layers + layer) * width;
      for (let token = 0; token < count; token++) {
        const to = (layer * count + token) * width;
        for (let i = 0; i < width; i++) moved[to + i] = moved[to + i]! + weight * timeTable[from + i]!;
      }
    }
  }
  return moved;
}

/** Numbers that are trained. */
export function trainableCount({ tokens, timeTable }: SoftTokens): number {
  return tokens.length + timeTable.length;
}

/** The largest cosine between two tokens of one layer; 1 means that they are one token. `null` with fewer than two. */
export function largestCosine({ layers, count, width, tokens }: SoftTokens): number | null {
  if (count < 2) return null;
  let largest = -1;
  for (let layer = 0; layer < layers; layer++) {
    const row = (token: number) => tokens.subarray((layer * count + token) * width, (layer * count + token + 1) * width);
    for (let a = 0; a < count; a++) for (let b = 0; b < a; b++) largest = Math.max(largest, cosine(row(a), row(b)));
  }
  return largest;
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [product, lengthA, lengthB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    product += a[i]! * b[i]!;
    lengthA += a[i]! * a[i]!;
    lengthB += b[i]! * b[i]!;
  }
  return product / Math.sqrt(lengthA * lengthB);
}
