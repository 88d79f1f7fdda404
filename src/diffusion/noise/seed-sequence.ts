/**
 * `numpy.random.SeedSequence`: a seed and the place of a child among its descendants, hashed into as many words as asked for
 * (O'Neill's `randutils`; numpy/random/bit_generator.pyx). All arithmetic is of 32 bits.
 */

const INITIAL_POOL = 0x43b0d7e5;
const INITIAL_OUTPUT = 0x8b51f9dd;
const POOL_FACTOR = 0x931e8875;
const OUTPUT_FACTOR = 0x58f38ded;
const MIX_LEFT = 0xca01f9dd;
const MIX_RIGHT = 0x4973f715;

/**
 * `SeedSequence(entropy, spawn_key=…, pool_size=…).generate_state(count)`.
 * @param entropy 0 or more
 * @param spawnKey whole numbers below 2^53; none for the sequence itself
 */
export function seedWords(entropy: bigint, spawnKey: readonly number[], poolSize: number, count: number): Uint32Array {
  const pool = mixed(assembled(entropy, spawnKey, poolSize), poolSize);
  const hash = hasher(INITIAL_OUTPUT, OUTPUT_FACTOR);
  return Uint32Array.from({ length: count }, (_, i) => hash(pool[i % poolSize]!));
}

function assembled(entropy: bigint, spawnKey: readonly number[], poolSize: number): number[] {
  const own = wordsOf(entropy);
  if (spawnKey.length === 0) return own;
  // Padded, so that a long seed is not another's child.
  const padding = Array.from({ length: Math.max(poolSize - own.length, 0) }, () => 0);
  return [...own, ...padding, ...spawnKey.flatMap((key) => wordsOf(BigInt(key)))];
}

/** Little-endian; zero is one word. */
function wordsOf(value: bigint): number[] {
  const words = [Number(value & 0xffffffffn)];
  for (let rest = value >> 32n; rest > 0n; rest >>= 32n) words.push(Number(rest & 0xffffffffn));
  return words;
}

function mixed(words: readonly number[], poolSize: number): Uint32Array {
  const hash = hasher(INITIAL_POOL, POOL_FACTOR);
  const pool = Uint32Array.from({ length: poolSize }, (_, i) => hash(words[i] ?? 0));
  for (let from = 0; from < poolSize; from++) {
    for (let to = 0; to < poolSize; to++) if (from !== to) pool[to] = mix(pool[to]!, hash(pool[from]!));
  }
  for (const word of words.slice(poolSize)) {
    for (let to = 0; to < poolSize; to++) pool[to] = mix(pool[to]!, hash(word));
  }
  return pool;
}

/** A hash whose constant moves on with every call. */
function hasher(constant: number, factor: number): (value: number) => number {
  return (value) => {
    const keyed = value ^ constant;
    constant = Math.imul(constant, factor);
    const product = Math.imul(keyed, constant);
    return (product ^ (product >>> 16)) >>> 0;
  };
}

function mix(a: number, b: number): number {
  const result = Math.imul(MIX_LEFT, a) - Math.imul(MIX_RIGHT, b);
  return (result ^ (result >>> 16)) >>> 0;
}
