/** Guidance against PyTorch: plain with rescale, perpendicular, thresholded, and where its interval lies. recipes/conformance/guidance.py made the numbers. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { guided, guidesAt, thresholded } from '../../src/diffusion/pipelines/guidance';

const floats = z.string().transform((base64) => new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer));
const Case = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('plain'), scale: z.number(), rescale: z.number(), result: floats }),
  z.object({ kind: z.literal('perpendicular'), scale: z.number(), weight: z.number(), result: floats }),
  z.object({ kind: z.literal('threshold'), scale: z.number(), ratio: z.number(), pixels: z.boolean(), alphaBar: z.number(), result: floats }),
  z.object({ kind: z.literal('interval'), interval: z.tuple([z.number(), z.number()]), acting: z.array(z.boolean()) }),
]);
const Reference = z.object({ conditional: floats, unconditional: floats, negative: floats, sample: floats, cases: z.array(Case) });
const { conditional, unconditional, negative, sample, cases } = Reference.parse(JSON.parse(readFileSync(join(__dirname, 'data/guidance.json'), 'utf8')));

describe('guidance agrees with PyTorch', () => {
  for (const reference of cases) {
    const { result: _result, acting: _acting, ...said } = { result: null, acting: null, ...reference };
    it(JSON.stringify(said), () => {
      if (reference.kind === 'interval') {
        assert.deepEqual(reference.acting.map((_, step, all) => guidesAt(reference.interval, step, all.length)), reference.acting);
        return;
      }
      const { scale: guidanceScale, result } = reference;
      const settings = { guidanceScale, guidanceRescale: 0, perpendicularNegative: 0 };
      switch (reference.kind) {
        case 'plain': return close(guided({ conditional, unconditional }, { ...settings, guidanceRescale: reference.rescale }), result);
        case 'perpendicular': return close(guided({ conditional, unconditional, negative }, { ...settings, perpendicularNegative: reference.weight }), result);
        case 'threshold': {
          const [alpha, sigma] = [Math.sqrt(reference.alphaBar), Math.sqrt(1 - reference.alphaBar)];
          const original = (answer: Float32Array) => answer.map((value, i) => (sample[i]! - sigma * value) / alpha);
          return close(thresholded(guided({ conditional, unconditional }, settings), reference.pixels ? null : conditional, reference.ratio, original, -sigma / alpha), result);
        }
      }
    });
  }
});

/** Both round to float32 at each step; ours less often. */
function close(actual: Float32Array, expected: Float32Array): void {
  assert.equal(actual.length, expected.length);
  const largest = expected.reduce((high, value) => Math.max(high, Math.abs(value)), 0);
  actual.forEach((value, i) => assert.ok(Math.abs(value - expected[i]!) <= 3e-6 * largest, `value ${i}: ${value} is not ${expected[i]}`));
}
