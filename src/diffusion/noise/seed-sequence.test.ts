import assert from 'node:assert/strict';
import { seedWords } from './seed-sequence';

/** A seed from its 32-bit words, the lowest first. */
const seedOf = (...words: number[]) => words.reduceRight((seed, word) => (seed << 32n) | BigInt(word), 0n);
const words = (entropy: bigint, spawnKey: number[] = [], poolSize = 4, count = 4) => [...seedWords(entropy, spawnKey, poolSize, count)];

describe('a seed sequence', () => {
  it("gives the words of O'Neill's C++ reference", () => {
    // numpy/random/tests/test_seed_sequence.py, of https://gist.github.com/imneme/540829265469e673d045
    const cases = [
      [[3735928559, 195939070, 229505742, 305419896], [3914649087, 576849849, 3593928901, 2229911004]],
      [[3668361503, 4165561550, 1661411377, 3634257570], [2240804226, 3691353228, 1365957195, 2654016646]],
      [[164546577, 4166754639, 1765190214, 1303880213], [3562296087, 3191708229, 1147942216, 3726991905]],
      [[446610472, 3941463886, 522937693, 1882353782], [1403443605, 3591372999, 1291086759, 441919183]],
    ] as const;
    for (const [seed, expected] of cases) assert.deepEqual(words(seedOf(...seed)), expected);
    assert.deepEqual(words(42n), [3444837047, 2669555309, 2046530742, 3581440988]);
  });

  it("gives those of NumPy's children: of a short seed, of a key of two words, of pools larger and smaller than what is asked of them", () => {
    // numpy.random.SeedSequence(entropy, spawn_key=…, pool_size=…).generate_state(count), NumPy 2.4.6
    assert.deepEqual(words(42n, [0]), [2684470948, 3757501821, 1691896351, 1126406280]);
    assert.deepEqual(words(7n, [1, 2], 4, 3), [2032283795, 2456193708, 1599947728]);
    assert.deepEqual(words(0n, [], 24, 1), [4025752534]);
    const large = [1751700196, 2727332538, 4181644353, 1568558941, 1004493508, 780829101, 93850040, 33904556, 3959477868, 2273568758, 176101504, 521209138];
    assert.deepEqual(words(0x1d2c3b4a_5f6e7d8cn, [3, 2 ** 40 + 1], 8, 12), large);
  });

  it('tells a child from a seed that is its words', () => {
    assert.notDeepEqual(words(seedOf(42, 7), []), words(42n, [7]));
    assert.notDeepEqual(words(42n << 32n), words(42n));
  });
});
