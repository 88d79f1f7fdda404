/** The Mersenne Twister of Matsumoto and Nishimura (1998), 32-bit, as `torch.Generator('cpu')` holds one. */

const N = 624;
const M = 397;

/** A stream of uniform 32-bit integers. */
export class Mt19937 {
  private readonly state = new Uint32Array(N);
  private next = N;

  /** `seed`: the low 32 bits of it count, as in PyTorch (aten/src/ATen/core/MT19937RNGEngine.h). */
  constructor(seed: bigint) {
    this.state[0] = Number(seed & 0xffffffffn);
    for (let i = 1; i < N; i++) {
      const previous = this.state[i - 1]!;
      this.state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
  }

  /** The next integer, 0 to 2^32 − 1. */
  uint32(): number {
    if (this.next === N) this.twist();
    let y = this.state[this.next++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  private twist(): void {
    const state = this.state;
    for (let i = 0; i < N; i++) {
      const y = (state[i]! & 0x80000000) | (state[i + 1 < N ? i + 1 : 0]! & 0x7fffffff);
      state[i] = state[i + M < N ? i + M : i + M - N]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.next = 0;
  }
}
