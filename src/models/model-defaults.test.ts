import assert from 'node:assert/strict';
import type { ComponentConfig } from './component-config';
import { defaultsOf, latentScale } from './model-defaults';
import type { ModelFolder } from './model-folder';

type Folder = Parameters<typeof defaultsOf>[0];
/** A model as far as its defaults hang on it. */
function folder(kind: ModelFolder['kind'], denoiser: ComponentConfig = {}, rest: Partial<Omit<Folder, 'kind'>> & { decoder?: ComponentConfig } = {}): Folder {
  const { decoder, ...others } = rest;
  const part = (config: ComponentConfig) => ({ file: '/nowhere/model.onnx', config });
  const name = kind === 'sd' || kind === 'sdxl' ? 'unet' : 'transformer';
  return { kind, index: {}, scheduler: { _class_name: 'EulerDiscreteScheduler' }, components: { [name]: part(denoiser), ...(decoder && { vae_decoder: part(decoder) }) }, ...others };
}
const size = (of: Folder) => {
  const { width, height } = defaultsOf(of);
  return [width, height];
};

describe('what a model is drawn with when a prompt does not say', () => {
  // The sizes are those that the families' model cards name.
  it('is the size that its kind was trained for, where the model says nothing', () => {
    assert.deepEqual((['sd', 'sdxl', 'sd3', 'flux', 'icon'] as const).map((kind) => size(folder(kind))), [[512, 512], [1024, 1024], [1024, 1024], [1024, 1024], [64, 64]]);
  });

  it('is the size of its latents in pixels, height before width', () => {
    // The autoencoders of Stable Diffusion halve three times: sample_size 64 is 512 pixels, 96 (2.1) is 768.
    const decoder = { block_out_channels: [128, 256, 512, 512] };
    assert.deepEqual([64, 96].map((sample_size) => size(folder('sd', { sample_size }, { decoder }))), [[512, 512], [768, 768]]);
    assert.deepEqual(size(folder('sdxl', { sample_size: [96, 160] }, { decoder })), [1280, 768]);
    assert.deepEqual(size(folder('icon', { sample_size: 32 })), [32, 32], 'an icon model draws pixels');
  });

  it("is what the model itself says before all else", () => {
    const index = { easel: { width: 96, steps: 8 } };
    assert.deepEqual(defaultsOf(folder('icon', { sample_size: 32 }, { index })), { width: 96, height: 32, steps: 8, guidanceScale: defaultsOf(folder('icon')).guidanceScale });
    const lcm = { _class_name: 'LCMScheduler' };
    assert.deepEqual(defaultsOf(folder('sd', {}, { scheduler: lcm, index: { easel: { steps: 2, guidanceScale: 0 } } })), { width: 512, height: 512, steps: 2, guidanceScale: 0 });
  });

  // Luo et al. 2023 (2310.04378): four steps; diffusers' LCM pipeline has 8.5 as its default guidance, which goes in as an embedding.
  it('is four steps for a model distilled to few, guided only by what it is conditioned on', () => {
    for (const _class_name of ['LCMScheduler', 'TCDScheduler']) {
      const few = (denoiser: ComponentConfig) => defaultsOf(folder('sd', denoiser, { scheduler: { _class_name } }));
      assert.deepEqual([few({}), few({ time_cond_proj_dim: 256 })].map(({ steps, guidanceScale }) => [steps, guidanceScale]), [[4, 1], [4, 8.5]]);
    }
    const plain = defaultsOf(folder('sd', { time_cond_proj_dim: 256 }));
    assert.deepEqual(plain, defaultsOf(folder('sd')), 'the scheduler tells which model it is');
  });
});

describe('pixels per latent', () => {
  it('double with each level of the autoencoder after the first; eight where it does not say', () => {
    const levels = (count: number) => latentScale(folder('sd', {}, { decoder: { block_out_channels: Array.from({ length: count }, () => 32) } }));
    assert.deepEqual([1, 2, 3, 4, 5].map(levels), [1, 2, 4, 8, 16]);
    assert.deepEqual([latentScale(folder('sd')), latentScale(folder('sd', {}, { decoder: {} }))], [8, 8]);
  });
});
