/** The trained bank: how it starts, and from the gradient of the tokens at one time to gradients of everything in it. */
import { timeRows, timeWeights, tokensAt, type SoftTokens, type TimeEmbedding } from '../adapters';
import { normals } from './counter-random';
import type { Trainables } from './optimizer';

/** Standard deviation of SoftREPA's fresh tokens and time embedding. */
const START = 0.02;

export interface BankShape {
  readonly layers: number;
  readonly count: number;
  readonly width: number;
  readonly time: TimeEmbedding;
}

/**
 * A new bank. `start`: one row of the text encoder that every token starts as (published for SD 1.x, which can then never
 * tell its tokens apart), else N(0, 0.02²), independent. Buckets start as published, N(0, 0.02²); splines at 0.
 */
export function newBank({ layers, count, width, time }: BankShape, seed: string, start?: Float32Array): SoftTokens {
  const size = layers * count * width;
  const tokens = start ? Float32Array.from({ length: size }, (_, i) => start[i % width]!) : scaled(normals({ seed, step: 0, purpose: 'initialization' }, size));
  const tableSize = timeRows(time) * layers * width;
  const timeTable = time === 'buckets' ? scaled(normals({ seed, step: 0, purpose: 'initialization', index: 1 }, tableSize)) : new Float32Array(tableSize);
  return { layers, count, width, tokens, time, timeTable };
}

function scaled(values: Float32Array): Float32Array {
  return values.map((value) => value * START);
}

export function trainablesOf({ tokens, timeTable }: SoftTokens): Trainables {
  return new Map([['tokens', tokens], ...(timeTable.length > 0 ? [['time_table', timeTable] as const] : [])]);
}

/** @param gradient of the tokens at `timestep`, `[layers, count, width]` */
export function bankGradients({ layers, count, width, time, timeTable }: SoftTokens, gradient: Float32Array, timestep: number): Trainables {
  const gradients = new Map([['tokens', gradient]]);
  if (timeTable.length === 0) return gradients;
  const table = new Float32Array(timeTable.length);
  for (const [row, weight] of timeWeights(time, timestep)) {
    for (let layer = 0; layer < layers; layer++) {
      const to = (row * layers + layer) * width;
      for (let token = 0; token < count; token++) {
        const from = (layer * count + token) * width;
        for (let i = 0; i < width; i++) table[to + i] = table[to + i]! + weight * gradient[from + i]!;
      }
    }
  }
  return gradients.set('time_table', table);
}

export { tokensAt };
