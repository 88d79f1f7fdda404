/**
 * Whole drawings against diffusers: final latents within 1e-3, pictures within 1/255, from the seed alone. The models are tiny
 * and random; recipes/conformance/pipelines.py made them with their references (recipes/fixtures/tiny_icon.py the icon model).
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { Pipelines, type Drawing } from '../../src/diffusion';
import { tinyRequest } from '../../src/diffusion/test-support/tiny-request';
import { readSafetensors, toFloat32 } from '../../src/onnx/safetensors';
import { SAMPLERS, SCHEDULE_TYPES, type GenerateRequest } from '../../src/prompt';
import { relativeError } from '../support/relative-error';

const MODELS = join(__dirname, '../fixtures/models');

/** What the recipe records of one call to a diffusers pipeline. Tensors are float32, base64. */
const Case = z.object({
  title: z.string(),
  sampler: z.enum(SAMPLERS).nullable(),
  scheduleType: z.enum(SCHEDULE_TYPES),
  prompt: z.string(),
  negative_prompt: z.string().nullish(),
  num_inference_steps: z.int(),
  guidance_scale: z.number(),
  guidance_rescale: z.number().optional(),
  eta: z.number().optional(),
  clip_skip: z.int().optional(),
  strength: z.number().optional(),
  width: z.int(),
  height: z.int(),
  seed: z.int(),
  init: z.string().optional(),
  mask: z.string().optional(),
  latents: z.string(),
  picture: z.object({ offset: z.int(), width: z.int(), height: z.int() }).optional(),
});
type Case = z.infer<typeof Case>;
const Reference = z.object({ cases: z.array(Case) });

/** Equality with diffusers is stated for plain text, cut at the encoder's length. */
function requestOf(folder: string, dir: string, reference: Case): GenerateRequest {
  return tinyRequest({
    model: { id: folder, path: dir },
    promptSyntax: 'plain', longPrompt: 'truncate',
    prompt: reference.prompt,
    // No negative prompt is not the same as an empty one on SDXL; a blank one is read as empty.
    negativePrompt: reference.negative_prompt === '' && folder === 'sdxl' ? ' ' : (reference.negative_prompt ?? ''),
    steps: reference.num_inference_steps,
    guidanceScale: reference.guidance_scale,
    guidanceRescale: reference.guidance_rescale ?? 0,
    eta: reference.eta ?? 0,
    clipSkip: 1 + (reference.clip_skip ?? 0),
    sampler: reference.sampler, scheduleType: reference.scheduleType,
    width: reference.width, height: reference.height, seed: String(reference.seed),
    init: reference.init === undefined ? null : { path: join(MODELS, folder, reference.init) },
    mask: reference.mask === undefined ? null : { path: join(MODELS, folder, reference.mask) },
    denoisingStrength: reference.strength ?? 1,
  });
}

function floats(base64: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
}

describe('pipelines agree with diffusers', function () {
  this.timeout(60_000);
  const pipelines = new Pipelines();
  after(() => pipelines.dispose());

  it('for the icon family', async () => {
    const { metadata, tensors } = await readSafetensors(join(MODELS, 'tiny-icon.latents.safetensors'));
    const drawing = await pipelines.draw(tinyRequest({ prompt: metadata['prompt'], seed: metadata['seed'], steps: Number(metadata['steps']), guidanceScale: Number(metadata['cfg']) }));
    assert.ok(relativeError(drawing.latents, toFloat32(tensors.get('latents')!)) < 1e-3);
  });

  for (const folder of readdirSync(MODELS).filter((name) => existsSync(join(MODELS, name, 'reference.json')))) {
    describe(`for ${folder}`, () => {
      const { cases } = Reference.parse(JSON.parse(readFileSync(join(MODELS, folder, 'reference.json'), 'utf8')));
      for (const reference of cases) {
        it(reference.title, async () => {
          const withoutT5 = reference.title === 'without T5';
          const dir = withoutT5 ? copyWithoutT5(folder) : join(MODELS, folder);
          try {
            check(await pipelines.draw(requestOf(folder, dir, reference)), reference, folder);
          } finally {
            if (withoutT5) rmSync(dir, { recursive: true });
          }
        });
      }
    });
  }

  function check(drawing: Drawing, reference: Case, folder: string): void {
    const error = relativeError(drawing.latents, floats(reference.latents));
    // A graph with whole timesteps cannot be given diffusers' fractional ones: rounding them is told, and costs a little.
    const isRounded = drawing.notes.some((note) => note.includes('whole timesteps'));
    assert.ok(error < (isRounded ? 0.06 : 1e-3), `relative error ${error.toExponential(2)}`);
    if (!reference.picture) return;
    const { offset, width, height } = reference.picture;
    const expected = readFileSync(join(MODELS, folder, 'reference-picture.bin')).subarray(offset, offset + width * height * 3);
    assert.equal(drawing.rgb.length, expected.length);
    const mean = drawing.rgb.reduce((sum, value, i) => sum + Math.abs(value - expected[i]!), 0) / expected.length;
    assert.ok(mean <= 1, `mean difference ${mean.toFixed(3)} of 255`);
  }

  function copyWithoutT5(folder: string): string {
    const dir = mkdtempSync(join(tmpdir(), 'easel-no-t5-'));
    cpSync(join(MODELS, folder), dir, { recursive: true, filter: (path) => !/(?:text_encoder|tokenizer)_3/.test(path) });
    return dir;
  }
});
