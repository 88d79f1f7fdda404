import assert from 'node:assert/strict';
import fc from 'fast-check';
import { near } from '../test-support/near';
import { philox4x32, PhiloxGenerator } from './philox';

describe('Philox 4x32-10', () => {
  // Known-answer vectors of Random123 (DEShawResearch/random123, tests/kat_vectors).
  it('gives the published blocks', () => {
    assert.deepEqual(philox4x32([0, 0, 0, 0], [0, 0]), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    const ones = 0xffffffff;
    assert.deepEqual(philox4x32([ones, ones, ones, ones], [ones, ones]), [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
    assert.deepEqual(philox4x32([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]), [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
  });

  it('carries as 64-bit products do, whatever the words', () => {
    const word = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(fc.property(fc.tuple(word, word, word, word), fc.tuple(word, word), (counter, key) => {
      let [a, b, c, d] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
      let [k, l] = key.map(BigInt) as [bigint, bigint];
      const low = (value: bigint) => BigInt.asUintN(32, value);
      for (let round = 0; round < 10; round++) {
        const [x, y] = [0xd2511f53n * a, 0xcd9e8d57n * c];
        [a, b, c, d] = [(y >> 32n) ^ b ^ k, low(y), (x >> 32n) ^ d ^ l, low(x)];
        [k, l] = [low(k + 0x9e3779b9n), low(l + 0xbb67ae85n)];
      }
      assert.deepEqual(philox4x32(counter, key), [a, b, c, d].map(Number));
    }));
  });
});

describe("CUDA's normals", () => {
  it('are those that it draws for seed 0', () => {
    // torch.manual_seed(0); torch.randn(3, 4, device='cuda'), as published with stable-diffusion-webui's rng_philox.py.
    near(new PhiloxGenerator(0n).randn(12), [
      -0.92466259, -0.42534415, -2.6438457, 0.14518388, -0.12086647, -0.57972564, -0.62285122, -0.32838709,
      -1.07454231, -0.36314407, -1.67105067, 2.26550497,
    ], 2.5e-7);
  });

  it('have a counter of each element and a block of each call, under all 64 bits of a seed', () => {
    const seed = 0x1234567_89abcdefn;
    const noise = new PhiloxGenerator(seed);
    for (const call of [0, 1, 2]) {
      near(noise.randn(5), [0, 1, 2, 3, 4].map((i) => {
        const [x, y] = philox4x32([call, 0, i, 0], [0x89abcdef, 0x1234567]);
        return Math.sqrt(-2 * Math.log((x + 0.5) / 2 ** 32)) * Math.sin((2 * Math.PI * (y + 0.5)) / 2 ** 32);
      }), 1e-7);
    }
  });

  it('do not depend on how many are asked for', () => {
    assert.deepEqual(new PhiloxGenerator(9n).randn(5), new PhiloxGenerator(9n).randn(100).slice(0, 5));
  });
});
