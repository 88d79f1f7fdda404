/**
 * Noise: a seed's stream of normal numbers, the same as PyTorch deals for that seed, so that a seed found elsewhere draws
 * the same picture here. Every number comes from our own elementary functions, so the stream does not depend on the
 * JavaScript engine.
 */
import { PhiloxGenerator } from './philox';
import { TorchGenerator } from './torch-generator';

export { BrownianPath } from './brownian-path';

/** A stream of normal numbers that goes on where the last call ended, like one `torch.Generator`. */
export interface Noise {
  /** As `torch.randn(count)`: the grouping into calls matters, as it does in PyTorch. */
  randn(count: number): Float32Array;
}

/**
 * Starts a stream. `torch`: `torch.Generator('cpu').manual_seed(seed)`; `philox`: CUDA's generator.
 * `seed`: an integer from 0 to 2^64 − 1 in decimal. Throws a `RangeError` outside of it.
 */
export function createNoise(rng: 'torch' | 'philox', seed: string): Noise {
  const value = /^\d{1,20}$/.test(seed) ? BigInt(seed) : -1n;
  if (value < 0n || value >= 1n << 64n) {
    throw new RangeError(`seed ${JSON.stringify(seed)} is not an integer from 0 to 18446744073709551615`);
  }
  return rng === 'torch' ? new TorchGenerator(value) : new PhiloxGenerator(value);
}
