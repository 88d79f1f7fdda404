import { philox4x32 } from './philox';

/**
 * The random choices of one prompt text: a tree of places, each with as many draws as it wants. A draw depends on the
 * seed, the picture's index, the path of ordinals that leads to its place and its number there, and on nothing else.
 * So editing a word changes no choice, and taking another branch of one variant leaves the next variant alone.
 */
export class Choices {
  private constructor(
    private readonly key: readonly [number, number],
    private readonly place: readonly [number, number],
  ) {}

  /** `seed` is decimal text below 2^64. */
  static of(seed: string, index: number): Choices {
    const value = BigInt(seed);
    return new Choices([Number(value & 0xffffffffn), Number((value >> 32n) & 0xffffffffn)], [index >>> 0, 0]);
  }

  /** The place `ordinal` below this one. */
  child(ordinal: number): Choices {
    const [a, b] = philox4x32(this.key, [...this.place, ordinal >>> 0, 1]);
    return new Choices(this.key, [a, b]);
  }

  /** Draw `number` at this place: a fraction in [0, 1) with 53 bits. */
  fraction(number: number): number {
    const [a, b] = philox4x32(this.key, [...this.place, number >>> 0, 0]);
    return ((a >>> 5) * 67108864 + (b >>> 6)) / 9007199254740992;
  }
}
