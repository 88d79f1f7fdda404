/**
 * Drawings in which float32's rounding grows beyond 1e-3, so that diffusers does not agree with itself: they are compared with
 * diffusers in float64, and may be as far from it as twice what diffusers' own float32 is (recipes/conformance/rounding.py).
 * Where diffusers' float32 stays near, so must they: 1e-3 as everywhere.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Pipelines } from '../../src/diffusion';
import { tinyRequest } from '../../src/diffusion/test-support/tiny-request';
import { relativeError } from '../support/relative-error';

const FIXTURES = join(__dirname, '../fixtures');

const Case = z.object({
  model: z.string(),
  loras: z.record(z.string(), z.number()),
  prompt: z.string(), negative_prompt: z.string(),
  num_inference_steps: z.int(), guidance_scale: z.number(), width: z.int(), height: z.int(), seed: z.int(),
  /** Of float64, kept as float32, base64. */
  latents: z.string().transform((base64) => new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer)),
  /** ‖diffusers in float32 − float64‖ / ‖float64‖ */
  rounding: z.number().max(0.02, 'so far apart, nothing is said of either drawing'),
});

const { cases } = z.object({ cases: z.array(Case) }).parse(JSON.parse(readFileSync(join(__dirname, 'data/rounding.json'), 'utf8')));

describe('drawings are as near to float64 as diffusers is in float32', function () {
  this.timeout(60_000);
  const pipelines = new Pipelines();
  after(() => pipelines.dispose());

  for (const { model, loras, latents, rounding, ...said } of cases) {
    const adapters = Object.entries(loras).map(([id, weight]) => ({ id, weight, path: join(FIXTURES, `loras/${id}.safetensors`) }));
    it(`${[model, ...Object.keys(loras)].join(' with ')}: guidance ${said.guidance_scale}, ${said.num_inference_steps} steps, seed ${said.seed}`, async () => {
      const drawing = await pipelines.draw(tinyRequest({
        model: { id: model, path: join(FIXTURES, 'models', model) },
        promptSyntax: 'plain', longPrompt: 'truncate',
        prompt: said.prompt, negativePrompt: said.negative_prompt, steps: said.num_inference_steps, guidanceScale: said.guidance_scale,
        width: said.width, height: said.height, seed: String(said.seed), adapters,
      }));
      const error = relativeError(drawing.latents, latents);
      assert.ok(error <= Math.max(1e-3, 2 * rounding), `relative error ${error.toExponential(2)} where diffusers' own is ${rounding}`);
    });
  }
});
