/** FlowEdit against PyTorch: final latents within 1e-3. The models are tiny and random; recipes/conformance/flow_edit.py made the references. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Pipelines } from '../../src/diffusion';
import { tinyRequest } from '../../src/diffusion/test-support/tiny-request';
import { EditRequest } from '../../src/prompt';

const MODELS = join(__dirname, '../fixtures/models');
const Cases = z.array(z.object({
  model: z.string(), from: z.string(), to: z.string(), negative: z.string(), cfg: z.object({ from: z.number(), to: z.number() }),
  steps: z.int(), nStart: z.int(), seed: z.int(), latents: z.string(),
}));
type Case = z.infer<typeof Cases>[number];

function requestOf({ model, from, to, negative, cfg, steps, nStart, seed }: Case): EditRequest {
  return EditRequest.parse({
    target: tinyRequest({
      model: { id: model, path: join(MODELS, model) }, promptSyntax: 'plain', longPrompt: 'truncate', prompt: to, negativePrompt: negative,
      steps, guidanceScale: cfg.to, sampler: 'Euler', seed: String(seed), init: { path: join(MODELS, model === 'sd3' ? 'sd3' : 'sd15', 'init.png') }, denoisingStrength: 1,
    }),
    source: { prompt: from, guidanceScale: cfg.from },
    nStart,
  });
}

describe('FlowEdit agrees with PyTorch', function () {
  this.timeout(60_000);
  const pipelines = new Pipelines({ threads: 1 });
  after(() => pipelines.dispose());

  for (const one of Cases.parse(JSON.parse(readFileSync(join(__dirname, 'data/flow-edit.json'), 'utf8')))) {
    it(`on ${one.model}, the last ${one.nStart} of ${one.steps} steps, guidance ${one.cfg.from} to ${one.cfg.to}`, async () => {
      const { latents } = await pipelines.edit(requestOf(one));
      const expected = new Float32Array(Uint8Array.from(Buffer.from(one.latents, 'base64')).buffer);
      assert.equal(latents.length, expected.length);
      const square = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);
      const error = Math.sqrt(square(latents.map((value, i) => value - expected[i]!)) / square(expected));
      assert.ok(error < 1e-3, `relative error ${error.toExponential(2)}`);
    });
  }
});
