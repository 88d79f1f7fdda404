import assert from 'node:assert/strict';
import type { ComponentConfig, ModelFolder, ModelKind } from '../../models';
import { latentCount, latentShape } from './latent-space';

/** A folder as far as its sizes go; an autoencoder of four levels makes cells of eight pixels. */
function folder(kind: ModelKind, vae: ComponentConfig = {}, transformer: ComponentConfig = {}): ModelFolder {
  const part = (config: ComponentConfig) => ({ file: '/nowhere/model.onnx', config });
  return { id: 'some-model', kind, components: { vae_decoder: part({ block_out_channels: [1, 2, 3, 4], ...vae }), transformer: part(transformer) } } as unknown as ModelFolder;
}

/** The icon family, drawing in 64×64 and by its upscaler in another size. */
function withUpscaler(side: number): ModelFolder {
  const of = (sample_size: number) => ({ file: '', config: { sample_size } });
  return { ...folder('icon'), components: { transformer: of(64), upscaler: of(side) } };
}

describe('latents of a picture', () => {
  const size = { width: 64, height: 96 };

  it('are cells of the autoencoder, of its channels or of what its kind has', () => {
    assert.deepEqual(latentShape(folder('sd'), size), { channels: 4, height: 12, width: 8 });
    assert.deepEqual(latentShape(folder('sdxl', { latent_channels: 7 }), size), { channels: 7, height: 12, width: 8 });
    assert.deepEqual(latentShape(folder('sd3'), size), { channels: 16, height: 12, width: 8 });
    assert.deepEqual(latentShape(folder('sd3', {}, { in_channels: 6 }), size), { channels: 6, height: 12, width: 8 });
    assert.deepEqual(latentShape(folder('flux', {}, { in_channels: 64 }), size), { channels: 16, height: 12, width: 8 }, 'a patch is no channel');
    assert.deepEqual(latentShape(folder('sd', { block_out_channels: [1, 2] }), size), { channels: 4, height: 48, width: 32 });
    assert.equal(latentCount({ channels: 4, height: 12, width: 8 }), 384);
  });

  it('are its pixels where there is no autoencoder, of any size', () => {
    assert.deepEqual(latentShape(folder('icon'), { width: 63, height: 65 }), { channels: 3, height: 65, width: 63 });
  });

  it('are the pixels that an upscaler makes more of, where the size is its', () => {
    const upscaled = withUpscaler(192);
    const latents = { channels: 3, height: 64, width: 64 };
    for (const side of [64, 192]) assert.deepEqual(latentShape(upscaled, { width: side, height: side }), latents);
    for (const size of [{ width: 64, height: 192 }, { width: 128, height: 128 }]) {
      assert.throws(() => latentShape(upscaled, size), { code: 'bad-request', message: `some-model draws 64x64 or 192x192, not ${size.width}x${size.height}; set size: 64x64` });
    }
  });

  it('are refused where an upscaler makes no whole pixels of one', () => {
    assert.throws(() => latentShape(withUpscaler(96), { width: 64, height: 64 }), { code: 'bad-model', message: 'the upscaler of some-model makes 96x96 of 64x64, which is no whole multiple; its config.json belongs to another model' });
  });

  it('are refused for other sides than whole cells, by the nearest that fits: two cells where a transformer takes patches', () => {
    const refusal = (kind: ModelKind, width: number, height: number) => {
      try {
        return latentShape(folder(kind), { width, height });
      } catch (error) {
        return `${(error as { code?: string }).code}: ${(error as Error).message}`;
      }
    };
    assert.equal(refusal('sd', 511, 516), 'bad-request: some-model draws sides in multiples of 8, not 511x516; set size: 512x520');
    assert.equal(refusal('sd', 3, 64), 'bad-request: some-model draws sides in multiples of 8, not 3x64; set size: 8x64');
    for (const kind of ['sd3', 'flux'] as const) {
      assert.equal(refusal(kind, 512, 520), 'bad-request: some-model draws sides in multiples of 16, not 512x520; set size: 512x528');
      assert.deepEqual(refusal(kind, 64, 96), { channels: 16, height: 12, width: 8 });
    }
    assert.deepEqual(refusal('sdxl', 8, 24), { channels: 4, height: 3, width: 1 });
  });
});
