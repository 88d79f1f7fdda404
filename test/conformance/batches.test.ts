/** Pictures drawn together against diffusers' batched call with a list of generators; recipes/conformance/batches.py made the references. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Pipelines } from '../../src/diffusion';
import { tinyRequest } from '../../src/diffusion/test-support/tiny-request';
import { SAMPLERS } from '../../src/prompt';

const References = z.object({
  model: z.string(), negative_prompt: z.string(), num_inference_steps: z.int(), guidance_scale: z.number(), width: z.int(), height: z.int(),
  prompts: z.array(z.string()), seeds: z.array(z.int()),
  cases: z.array(z.object({ sampler: z.enum(SAMPLERS).nullable(), eta: z.number().optional(), latents: z.array(z.string()) })),
});
const references = References.parse(JSON.parse(readFileSync(join(__dirname, 'data/batches.json'), 'utf8')));

describe('a batch against diffusers', function () {
  this.timeout(60_000);
  let pipelines: Pipelines;
  before(() => void (pipelines = new Pipelines({ threads: 1 })));
  after(() => pipelines.dispose());

  for (const { sampler, eta = 0, latents } of references.cases) {
    it(`by ${sampler ?? 'its own scheduler'}, each picture with the noise of its own seed`, async () => {
      const { model, negative_prompt, num_inference_steps, guidance_scale, width, height, prompts, seeds } = references;
      const requests = prompts.map((prompt, index) =>
        tinyRequest({
          model: { id: model, path: join(__dirname, '../fixtures/models', model) }, promptSyntax: 'plain', longPrompt: 'truncate', prompt, negativePrompt: negative_prompt,
          steps: num_inference_steps, guidanceScale: guidance_scale, width, height, sampler, eta, seed: String(seeds[index]), index,
        }));
      const drawn = await pipelines.drawTogether(requests);
      drawn.forEach((drawing, place) => {
        const expected = new Float32Array(Uint8Array.from(Buffer.from(latents[place]!, 'base64')).buffer);
        const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
        const error = norm(drawing.latents.map((value, i) => value - expected[i]!)) / norm(expected);
        assert.ok(error < 1e-3, `picture ${place}: relative error ${error}`);
      });
    });
  }
});
