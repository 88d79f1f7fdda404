/** The noise of DPM++ SDE against torchsde's Brownian paths; the reference is made by recipes/conformance/brownian.py. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { BrownianPath } from '../../src/diffusion/noise';
import { seedWords } from '../../src/diffusion/noise/seed-sequence';

const Reference = z.object({
  sequences: z.array(z.object({ entropy: z.string(), spawnKey: z.array(z.int()), poolSize: z.int(), words: z.array(z.int()) })),
  paths: z.array(z.object({ seed: z.string(), low: z.number(), high: z.number(), from: z.number(), to: z.number(), increment: z.array(z.number()) })),
});
const { sequences, paths } = Reference.parse(JSON.parse(readFileSync(join(__dirname, 'data/brownian.json'), 'utf8')));

describe('Brownian paths agree with torchsde', () => {
  for (const { entropy, spawnKey, poolSize, words } of sequences) {
    it(`the words of seed ${entropy}, child ${spawnKey.join('.')}`, () => {
      assert.deepEqual([...seedWords(BigInt(entropy), spawnKey, poolSize, words.length)], words);
    });
  }

  for (const { seed, low, high, from, to, increment } of paths) {
    it(`seed ${seed} over ${low} to ${high}, between ${from} and ${to}`, () => {
      const actual = new BrownianPath('torch', seed, increment.length, low, high).between(from, to);
      const length = Math.sqrt(to - from);
      // float32 sums of up to some forty parts, each at most as large as the whole path.
      increment.forEach((expected, i) => assert.ok(Math.abs(actual[i]! * length - expected) <= 2e-6 * Math.sqrt(high - low), `value ${i}: ${actual[i]! * length} is not ${expected}`));
    });
  }
});
