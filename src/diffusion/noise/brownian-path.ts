/**
 * One Brownian path per seed, the same wherever it is looked at: noise between any two levels that adds up. It is the path of
 * torchsde's `BrownianInterval(…, tol=1e-6, pool_size=24, halfway_tree=True)` (Kidger et al. 2021, 2105.13493), from which
 * k-diffusion, ComfyUI, AUTOMATIC1111 and diffusers take the noise of DPM++ SDE: an interval is halved until a half ends where
 * it is looked at, and each half's share is a Brownian bridge with noise of the interval's own seed.
 */
import { createNoise } from './index';
import { seedWords } from './seed-sequence';

const POOL = 24;
const DIGITS = 6;

export class BrownianPath {
  private readonly start: number;
  private readonly end: number;
  /** W(end) − W(start). */
  private readonly whole: Float32Array;
  /** Points looked at lately, with W there: two steps share their border. */
  private readonly known = new Map<number, Float32Array>();

  /** A path of `count` values from `low` to `high`; `seed` an integer of 64 bits in decimal. */
  constructor(private readonly rng: 'torch' | 'philox', private readonly seed: string, private readonly count: number, low: number, high: number) {
    [this.start, this.end] = [rounded(low), rounded(high)];
    const length = Math.sqrt(high - low);
    this.whole = this.randn(seedWords(BigInt(seed), [], POOL, 1)[0]!).map((value) => value * length);
  }

  /** W(to) − W(from), divided by the root of the distance: normal numbers of unit variance. */
  between(from: number, to: number): Float32Array {
    const scale = 1 / Math.sqrt(Math.abs(to - from));
    const [before, after] = [this.at(from), this.at(to)];
    return after.map((value, i) => (value - before[i]!) * scale);
  }

  /** W, 0 at the path's start. Points outside are its ends. */
  private at(point: number): Float32Array {
    const place = Math.min(Math.max(rounded(point), this.start), this.end);
    const known = this.known.get(place) ?? this.descend(place);
    this.known.delete(place);
    this.known.set(place, known);
    if (this.known.size > 4) this.known.delete(this.known.keys().next().value!);
    return known;
  }

  private descend(place: number): Float32Array {
    let [start, end, share] = [this.start, this.end, this.whole];
    const passed = new Float32Array(this.count);
    if (place === start) return passed;
    for (let [depth, key] = [0, 0]; place < end; depth++) {
      const middle = rounded(0.5 * (end + start));
      const [left, right] = [middle - start, end - middle];
      const noise = this.randn(seedWords(BigInt(this.seed), [key, depth], POOL, 1)[0]!);
      const mean = left / (end - start);
      const deviation = Math.sqrt((left * right) / (end - start));
      const first = share.map((value, i) => mean * value + deviation * noise[i]!);
      if (place <= middle) {
        [end, share, key] = [middle, first, 2 * key];
      } else {
        first.forEach((value, i) => (passed[i]! += value));
        [start, share, key] = [middle, share.map((value, i) => value - first[i]!), 2 * key + 1];
      }
    }
    return passed.map((value, i) => value + share[i]!);
  }

  private randn(seed: number): Float32Array {
    return createNoise(this.rng, String(seed)).randn(this.count);
  }
}

/** Python's `round(value, 6)`: to the nearest decimal, and from halfway, which only odd multiples of 1/128 are, to an even one. */
function rounded(value: number): number {
  if (!Number.isInteger(value * 128) || Number.isInteger(value * 64)) return Number(value.toFixed(DIGITS));
  const below = Math.floor(value * 10 ** DIGITS);
  return (below % 2 === 0 ? below : below + 1) / 10 ** DIGITS;
}
