/** Our noise against torch.randn on the CPU; the reference is made by recipes/conformance/noise.py. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createNoise } from '../../src/diffusion/noise/index';

const file = fileURLToPath(new URL('./data/noise.json', import.meta.url));
const { sizes, cases } = JSON.parse(readFileSync(file, 'utf8')) as { sizes: number[]; cases: { seed: string; draws: string[] }[] };

describe('noise agrees with torch.randn', () => {
  for (const { seed, draws } of cases) {
    it(`for seed ${seed}, call after call on one generator`, () => {
      const noise = createNoise('torch', seed);
      sizes.forEach((size, k) => {
        const values = noise.randn(size);
        const bytes = Buffer.from(draws[k]!, 'base64');
        const stride = size > 200 ? 97 : 1;
        for (let i = 0; i * 4 < bytes.length; i++) {
          const expected = bytes.readFloatLE(4 * i);
          // torch's logarithm and sine are AVX2 polynomials in float32: two units in the last place.
          assert.ok(Math.abs(values[i * stride]! - expected) <= 2.5e-7 * Math.max(1, Math.abs(expected)), `draw ${k}, value ${i * stride}: ${values[i * stride]} is not ${expected}`);
        }
      });
    });
  }
});
