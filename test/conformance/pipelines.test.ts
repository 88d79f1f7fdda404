/** Whole drawings against PyTorch and diffusers: final latents from the seed alone. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Pipelines } from '../../src/diffusion';
import { tinyRequest } from '../../src/diffusion/test-support/tiny-request';
import { readSafetensors, toFloat32 } from '../../src/onnx/safetensors';

const MODELS = join(__dirname, '../fixtures/models');

/** ‖a − b‖ / ‖b‖ */
function relativeError(actual: Float32Array, expected: Float32Array): number {
  assert.equal(actual.length, expected.length);
  const square = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);
  return Math.sqrt(square(actual.map((value, i) => value - expected[i]!)) / square(expected));
}

describe('pipelines agree with diffusers', () => {
  const pipelines = new Pipelines();
  after(() => pipelines.dispose());

  it('for the icon family', async () => {
    const { metadata, tensors } = await readSafetensors(join(MODELS, 'tiny-icon.latents.safetensors'));
    const drawing = await pipelines.draw(tinyRequest({ prompt: metadata['prompt'], seed: metadata['seed'], steps: Number(metadata['steps']), guidanceScale: Number(metadata['cfg']) }));
    assert.ok(relativeError(drawing.latents, toFloat32(tensors.get('latents')!)) < 1e-3);
  });
});
