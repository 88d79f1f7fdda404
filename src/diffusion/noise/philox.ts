/**
 * The numbers that `torch.randn(…, device='cuda', dtype=float32)` draws: Philox 4x32-10 (Salmon et al. 2011, "Parallel
 * random numbers: as easy as 1, 2, 3") with one counter per element and the first of curand's Box–Muller pair. This is
 * the arrangement CUDA uses while a tensor has no more elements than the GPU runs threads (over 100,000 on common cards),
 * and the one other tools imitate on the CPU under the name "NV".
 */
import { log, sinCos } from './elementary';
import type { Noise } from './index';

const ROUNDS = 10;

export class PhiloxGenerator implements Noise {
  private readonly key: readonly [number, number];
  /** Calls so far: CUDA's generator moves its counter on by one block per launched kernel. */
  private calls = 0;

  constructor(seed: bigint) {
    this.key = [Number(seed & 0xffffffffn), Number((seed >> 32n) & 0xffffffffn)];
  }

  randn(count: number): Float32Array {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      const [x, y] = philox4x32([this.calls, 0, i, 0], this.key);
      const radius = Math.sqrt(-2 * log((x + 0.5) * 2 ** -32));
      values[i] = radius * sinCos((y + 0.5) * 2 ** -32 * 2 * Math.PI)[0];
    }
    this.calls += 1;
    return values;
  }
}

type Words = readonly [number, number, number, number];

/** One block of four random 32-bit words for a 128-bit counter and a 64-bit key. */
export function philox4x32(counter: Words, key: readonly [number, number]): Words {
  let [a, b, c, d] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const [high0, low0] = multiply(0xd2511f53, a);
    const [high1, low1] = multiply(0xcd9e8d57, c);
    [a, b, c, d] = [(high1 ^ b ^ k0) >>> 0, low1, (high0 ^ d ^ k1) >>> 0, low0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [a, b, c, d];
}

/** The 64-bit product of two 32-bit words, high and low. */
function multiply(x: number, y: number): [high: number, low: number] {
  const middle = (x >>> 16) * (y & 0xffff) + (((x & 0xffff) * (y & 0xffff)) / 65536 >>> 0);
  const cross = (x & 0xffff) * (y >>> 16) + (middle % 65536);
  const high = (x >>> 16) * (y >>> 16) + Math.floor(middle / 65536) + Math.floor(cross / 65536);
  return [high >>> 0, Math.imul(x, y) >>> 0];
}
