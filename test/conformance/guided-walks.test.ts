/** Ways of guidance acting together over whole drawings, against diffusers' networks and schedulers; recipes/conformance/guided_walks.py made the references. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Pipelines } from '../../src/diffusion';
import { tinyRequest } from '../../src/diffusion/test-support/tiny-request';
import { SAMPLERS } from '../../src/prompt';
import { relativeError } from '../support/relative-error';

const References = z.object({
  model: z.string(), prompt: z.string(), negative_prompt: z.string(), steps: z.int(), guidance_scale: z.number(), seed: z.int(), eta: z.number(),
  cases: z.array(z.object({
    sampler: z.enum(SAMPLERS), rescale: z.number().default(0), perpendicular: z.number().default(0), threshold: z.number().default(0), interval: z.tuple([z.number(), z.number()]).default([0, 1]), latents: z.string(),
  })),
});
const references = References.parse(JSON.parse(readFileSync(join(__dirname, 'data/guided-walks.json'), 'utf8')));

describe('ways of guidance together', function () {
  this.timeout(60_000);
  let pipelines: Pipelines;
  before(() => void (pipelines = new Pipelines({ threads: 1 })));
  after(() => pipelines.dispose());

  for (const { sampler, latents, rescale, perpendicular, threshold, interval } of references.cases) {
    it(`draw by ${sampler} what diffusers' parts draw: rescale ${rescale}, Perp-Neg ${perpendicular}, thresholding ${threshold}, steps ${interval.join('–')}`, async () => {
      const { model, prompt, negative_prompt, steps, guidance_scale, seed, eta } = references;
      const drawing = await pipelines.draw(tinyRequest({
        model: { id: model, path: join(__dirname, '../fixtures/models', model) }, promptSyntax: 'plain', longPrompt: 'truncate', prompt, negativePrompt: negative_prompt, steps, guidanceScale: guidance_scale,
        seed: String(seed), sampler, eta, guidanceRescale: rescale, perpendicularNegative: perpendicular, dynamicThresholding: threshold, guidanceInterval: interval,
      }));
      const error = relativeError(drawing.latents, new Float32Array(Uint8Array.from(Buffer.from(latents, 'base64')).buffer));
      assert.ok(error < 1e-3, `relative error ${error}`);
    });
  }
});
