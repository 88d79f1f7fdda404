/**
 * Randomness without state: every number is a function of (seed, step, purpose, index), by Philox. A run that goes on
 * after a crash needs nothing but its step, and another order of asking changes nothing.
 */
import { philox4x32 } from '../diffusion/noise/philox';
import { log, sinCos } from '../diffusion/noise/elementary';

/** What a number is for; never renumbered, or runs would change. */
export const PURPOSES = { initialization: 0, batch: 1, timestep: 2, noise: 3, validation: 4, hardNegative: 5, latents: 6 } as const;
export type Purpose = keyof typeof PURPOSES;

/** Where in a run a number is drawn. `index` separates numbers of one purpose, below 2²⁴. */
export interface Place {
  readonly seed: string;
  readonly step: number;
  readonly purpose: Purpose;
  readonly index?: number;
}

/** `count` standard normals, float32 (Box–Muller, as the engine's noise). */
export function normals(place: Place, count: number): Float32Array {
  const values = new Float32Array(count);
  for (let block = 0; 4 * block < count; block++) {
    const words = wordsAt(place, block);
    for (const pair of [0, 2] as const) {
      const at = 4 * block + pair;
      const radius = Math.sqrt(-2 * log((words[pair] + 0.5) * 2 ** -32));
      const [sin, cos] = sinCos((words[(pair + 1) as 1 | 3] + 0.5) * 2 ** -32 * 2 * Math.PI);
      if (at < count) values[at] = radius * cos;
      if (at + 1 < count) values[at + 1] = radius * sin;
    }
  }
  return values;
}

/** A whole number from 0 to `limit` − 1, by 64 random bits: the bias is below 2⁻³². */
export function integer(place: Place, limit: number): number {
  const [high, low] = wordsAt(place, 0);
  return Number(((BigInt(high) << 32n) + BigInt(low)) % BigInt(limit));
}

function wordsAt({ seed, step, purpose, index = 0 }: Place, block: number) {
  const key = BigInt(seed);
  // Purpose and index share a word: 8 and 24 bits.
  return philox4x32([block, step, ((PURPOSES[purpose] << 24) | (index & 0xffffff)) >>> 0, Math.floor(index / 0x1000000)], [Number(key & 0xffffffffn), Number((key >> 32n) & 0xffffffffn)]);
}
