/**
 * Drawings with LoRAs against diffusers and PEFT: each naming, each kind, several at once, strengths other than 1; final latents
 * within 1e-3. The files and references are made by recipes/conformance/loras.py for the tiny random models.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Pipelines } from '../../src/diffusion';
import { tinyRequest } from '../../src/diffusion/test-support/tiny-request';
import type { GenerateRequest } from '../../src/prompt';

const FIXTURES = join(__dirname, '../fixtures');

/** What the recipe records of one drawing. Tensors are float32, base64. */
const Case = z.object({
  model: z.string(),
  title: z.string(),
  loras: z.record(z.string(), z.number()),
  prompt: z.string(), negative_prompt: z.string(),
  num_inference_steps: z.int(), guidance_scale: z.number(), width: z.int(), height: z.int(), seed: z.int(),
  latents: z.string().transform((base64) => new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer)),
  /** How far the LoRAs moved the picture, relative to the plain one. */
  moved: z.number(),
});
type Case = z.infer<typeof Case>;

const { cases } = z.object({ cases: z.array(Case) }).parse(JSON.parse(readFileSync(join(FIXTURES, 'loras/reference.json'), 'utf8')));

function requestOf({ model, loras, ...said }: Case): GenerateRequest {
  return tinyRequest({
    model: { id: model, path: join(FIXTURES, 'models', model) },
    promptSyntax: 'plain', longPrompt: 'truncate',
    prompt: said.prompt, negativePrompt: said.negative_prompt, steps: said.num_inference_steps, guidanceScale: said.guidance_scale,
    width: said.width, height: said.height, seed: String(said.seed),
    adapters: Object.entries(loras).map(([id, weight]) => ({ id, weight, path: join(FIXTURES, `loras/${id}.safetensors`) })),
  });
}

/** ‖a − b‖ / ‖b‖ */
function relativeError(actual: Float32Array, expected: Float32Array): number {
  assert.equal(actual.length, expected.length);
  const square = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);
  return Math.sqrt(square(actual.map((value, i) => value - expected[i]!)) / square(expected));
}

describe('LoRAs agree with diffusers and PEFT', function () {
  this.timeout(60_000);
  const pipelines = new Pipelines();
  after(() => pipelines.dispose());

  for (const reference of cases) {
    it(`${reference.model}: ${reference.title}`, async () => {
      const { latents, notes } = await pipelines.draw(requestOf(reference));
      const error = relativeError(latents, reference.latents);
      assert.ok(error < 1e-3, `relative error ${error.toExponential(2)}, where the LoRAs moved the latents by ${reference.moved.toFixed(2)}`);
      assert.ok(reference.moved > 0.1 || Object.keys(reference.loras).length === 0, 'the reference is moved by more than what is allowed');
      assert.deepEqual(notes.filter((note) => note.includes('lora')), []);
    });
  }
});
