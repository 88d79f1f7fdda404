import assert from 'node:assert/strict';
import type { ComponentConfig } from '../../models';
import { tensor, type Tensor } from '../../runtime';
import { fakeSession, type Declared, type FakeSession, type Feeds } from '../test-support/fake-session';
import { near } from '../test-support/near';
import { Decoder, Encoder } from './autoencoder';
import { NOISE_INPUT } from './sampled-encoder';

/** Two channels of 2 × 4 latents for a picture of 4 × 8. */
const SHAPE = { channels: 2, height: 2, width: 4 };
const SIZE = { width: 8, height: 4 };
const LATENTS = Float32Array.from({ length: 16 }, (_, i) => i - 8);
const PICTURE = Float32Array.from({ length: 96 }, (_, i) => Math.sin(i));
const CONFIG: ComponentConfig = { scaling_factor: 0.5, shift_factor: 0.25 };

const DECODER: Declared = { latent_sample: ['float32', ['b', 2, 'h', 'w']] };
const ENCODER: Declared = { sample: ['float32', ['b', 3, 'h', 'w']] };
const zeros = (channels: number, height: number, width: number) => tensor(new Float32Array(channels * height * width), [1, channels, height, width]);
/** A decoder that doubles sides and answers `value` everywhere. */
const painter = (value: number) => fakeSession(DECODER, ({ latent_sample }) => {
  const [, , height, width] = latent_sample!.dims as [number, number, number, number];
  const answer = zeros(3, 2 * height, 2 * width);
  answer.data.fill(value);
  return answer;
});
const decode = (session: FakeSession, config = CONFIG) => new Decoder(session, config).decode(LATENTS, SHAPE, SIZE);
const encode = (session: FakeSession, randn: (count: number) => Float32Array = () => assert.fail('no noise is drawn'), config = CONFIG) => new Encoder(session, config).encode(PICTURE, SIZE, SHAPE, randn);
const refused = (work: () => Promise<unknown>, code: string, message: string | RegExp) => assert.rejects(async () => work(), { name: 'DiffusionError', code, message });

describe('a decoder', () => {
  it('is fed latents as the autoencoder has them: neither scaled nor shifted', async () => {
    const fed = async (config: ComponentConfig) => {
      const session = painter(0.5);
      assert.deepEqual(await decode(session, config), new Float32Array(96).fill(0.5));
      const [{ latent_sample }] = session.calls as [Feeds];
      assert.deepEqual(latent_sample!.dims, [1, 2, 2, 4]);
      return latent_sample!.data;
    };
    assert.deepEqual(await fed(CONFIG), LATENTS.map((value) => value / 0.5 + 0.25));
    assert.deepEqual(await fed({}), LATENTS.map((value) => value / 0.18215), "diffusers' default");
    const statistics = { ...CONFIG, latents_mean: [1, 2], latents_std: [3, 4] };
    assert.deepEqual(await fed(statistics), LATENTS.map((value, i) => (value * (i < 8 ? 3 : 4)) / 0.5 + (i < 8 ? 1 : 2) + 0.25));
  });

  it('that gives what is no number is named', async () => {
    await refused(() => decode(painter(NaN)), 'numeric', /^vae_decoder gave NaN \(value 0 of 96\)/);
  });

  describe('that overflows', () => {
    const both = async (half: FakeSession, wide: FakeSession | null) => {
      const [told, asked]: [string[], unknown[]] = [[], []];
      const decoder = new Decoder(half, CONFIG, 'auto', async () => (asked.push(wide), wide));
      return { told, asked, picture: await decoder.decode(LATENTS, SHAPE, SIZE, (note) => told.push(note)).catch((error: Error) => error) };
    };

    it('decodes again in float32, and tells it', async () => {
      const wide = painter(0.25);
      const { told, picture } = await both(painter(Infinity), wide);
      assert.deepEqual(picture, new Float32Array(96).fill(0.25));
      assert.deepEqual(told, ['vae_decoder overflowed in half precision, so this picture was decoded again in float32; an fp32 export of vae_decoder saves that time']);
      assert.equal(wide.calls.length, 1);
    });

    it('fails where there is none in float32, or where that overflows too; says nothing of it', async () => {
      for (const wide of [null, painter(-Infinity)]) {
        const { told, picture } = await both(painter(Infinity), wide);
        assert.match((picture as Error).message, wide ? /^vae_decoder gave -Infinity/ : /^vae_decoder gave Infinity/);
        assert.deepEqual(told, []);
      }
    });

    it('is not what is thought of one that answers, or fails for another reason', async () => {
      assert.deepEqual((await both(painter(1), null)).asked, []);
      const { asked, picture } = await both(fakeSession(DECODER, () => zeros(3, 1, 1)), null);
      assert.deepEqual([asked, (picture as { code?: string }).code], [[], 'bad-model']);
    });
  });

  it('that gives a picture of another size, or no floats, is refused', async () => {
    await refused(() => decode(fakeSession(DECODER, () => zeros(3, 2, 4))), 'bad-model', 'vae_decoder gave 24 values for a picture of 8x4; its config.json belongs to another model');
    const bytes: Tensor = { dtype: 'uint8', dims: [1, 3, 4, 8], data: new Uint8Array(96) };
    await refused(() => decode(fakeSession(DECODER, () => bytes)), 'bad-model', '/nowhere/model.onnx answered with uint8 where numbers were expected');
  });

  it('that takes more than latents is refused', async () => {
    const session = fakeSession({ ...DECODER, timestep: ['int64', []] }, () => zeros(3, 4, 8));
    await refused(async () => new Decoder(session, CONFIG), 'bad-model', '/nowhere/model.onnx takes 2 inputs (latent_sample, timestep), a vae_decoder takes one; use a standard export of this model');
  });
});

describe('an encoder', () => {
  const ANSWER = tensor(Float32Array.from({ length: 16 }, (_, i) => i / 8), [1, 2, 2, 4]);
  /** Means and log-variances, which go over the bounds at both ends. */
  const moments = (logVariance: (i: number) => number) => tensor(Float32Array.from({ length: 32 }, (_, i) => (i < 16 ? i : logVariance(i - 16))), [1, 4, 2, 4]);

  it('gives latents as the denoiser has them: scaled and shifted', async () => {
    const session = fakeSession(ENCODER, () => ANSWER);
    assert.deepEqual(await encode(session), ANSWER.data.map((value) => (value - 0.25) * 0.5));
    assert.deepEqual(session.calls, [{ sample: tensor(PICTURE, [1, 3, 4, 8]) }]);
    const statistics = { ...CONFIG, latents_mean: [1, 2], latents_std: [3, 4] };
    assert.deepEqual(await encode(session, undefined, statistics), ANSWER.data.map((value, i) => ((value - (i < 8 ? 1 : 2) - 0.25) * 0.5) / (i < 8 ? 3 : 4)));
  });

  it('is what the decoder undoes', async () => {
    const config = { scaling_factor: 0.13, shift_factor: 0.1, latents_mean: [1, -2], latents_std: [0.3, 4] };
    const session = painter(0);
    await new Decoder(session, config).decode(await encode(fakeSession(ENCODER, () => ANSWER), undefined, config), SHAPE, SIZE);
    near(session.calls[0]!['latent_sample']!.data as Float32Array, ANSWER.data, 1e-6);
  });

  it('draws from the Gaussian that its graph gives, with noise of the seed', async () => {
    const counts: number[] = [];
    const randn = (count: number) => (counts.push(count), Float32Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 1 : -2)));
    const drawn = await encode(fakeSession(ENCODER, () => moments(() => Math.log(4))), randn, { scaling_factor: 1 });
    near(drawn, Array.from({ length: 16 }, (_, i) => i + 2 * (i % 2 === 0 ? 1 : -2)), 1e-6);
    assert.deepEqual(counts, [16]);
    const bounded = await encode(fakeSession(ENCODER, () => moments((i) => (i === 0 ? 90 : -90))), () => new Float32Array(16).fill(1e7), { scaling_factor: 1 });
    near(bounded, Array.from({ length: 16 }, (_, i) => i + 1e7 * Math.exp(i === 0 ? 10 : -15)), 1e-6);
  });

  it('whose graph draws itself is fed the noise, and draws no other', async () => {
    const session = fakeSession({ [NOISE_INPUT]: ['float32', ['b', 'c', 'h', 'w']], ...ENCODER }, ({ [NOISE_INPUT]: noise }) => noise!);
    assert.deepEqual(await encode(session, (count) => LATENTS.slice(0, count), { scaling_factor: 1 }), LATENTS);
    assert.deepEqual(session.calls, [{ [NOISE_INPUT]: tensor(LATENTS, [1, 2, 2, 4]), sample: tensor(PICTURE, [1, 3, 4, 8]) }]);
  });

  it('that gives what is no number is named', async () => {
    await refused(() => encode(fakeSession(ENCODER, () => tensor(new Float32Array(16).fill(NaN), [1, 2, 2, 4]))), 'numeric', /^vae_encoder gave NaN/);
  });

  it('that gives latents of another size is refused', async () => {
    await refused(() => encode(fakeSession(ENCODER, () => zeros(3, 2, 4))), 'bad-model', 'vae_encoder gave 24 values, expected 16 or 32; a part is from another model');
  });

  it('that takes more than a picture is refused', async () => {
    const session = fakeSession({ ...ENCODER, mask: ['float32', []] }, () => ANSWER);
    await refused(async () => new Encoder(session, CONFIG), 'bad-model', '/nowhere/model.onnx takes 2 inputs (sample, mask), a vae_encoder takes one; use a standard export of this model');
  });
});

describe('statistics of channels', () => {
  it('for other channels than an autoencoder has are refused', async () => {
    for (const field of ['latents_mean', 'latents_std']) {
      const message = `${field} in the autoencoder's config.json has 3 numbers for 2 channels; correct it`;
      await refused(() => decode(painter(0), { [field]: [1, 1, 1] }), 'bad-model', message);
      await refused(() => encode(fakeSession(ENCODER, () => zeros(2, 2, 4)), undefined, { [field]: [1, 1, 1] }), 'bad-model', message);
    }
  });
});

/** The numbers are diffusers' (test/conformance/tiles.test.ts); here is what goes through the graph. */
describe('an autoencoder in tiles', () => {
  const shape = { channels: 2, height: 6, width: 6 };
  const size = { width: 12, height: 12 };
  const latents = new Float32Array(72);
  const sides = (session: FakeSession, input: string) => session.calls.splice(0).map((feeds) => feeds[input]!.dims.slice(2).join('×'));

  it('is fed tiles of the size that it was trained on, a quarter of each over its neighbour', async () => {
    for (const trained of [8, [8, 8] as [number, number]]) {
      const session = painter(0.5);
      const picture = await new Decoder(session, { sample_size: trained }, 'always').decode(latents, shape, size);
      assert.deepEqual(sides(session, 'latent_sample'), ['4×4', '4×3', '3×4', '3×3']);
      assert.deepEqual(picture, new Float32Array(3 * 144).fill(0.5), 'no seam where all is one colour');
    }
  });

  it('is fed the whole where nobody wants tiles, or where one tile is all there is', async () => {
    for (const [mode, trained] of [['auto', 8], ['never', 8], ['always', 12], ['always', undefined]] as const) {
      const session = painter(0.5);
      await new Decoder(session, { sample_size: trained }, mode).decode(latents, shape, size);
      assert.deepEqual(sides(session, 'latent_sample'), ['6×6'], `${mode}, ${trained}`);
    }
  });

  it('draws its own noise for every tile', async () => {
    const session = fakeSession({ ...ENCODER, [NOISE_INPUT]: ['float32', ['b', 'c', 'h', 'w']] }, ({ [NOISE_INPUT]: noise }) => noise!);
    const counts: number[] = [];
    const config = { sample_size: 8, scaling_factor: 1 };
    const encoded = await new Encoder(session, config, 'always').encode(new Float32Array(3 * 144), size, shape, (count) => (counts.push(count), new Float32Array(count).fill(3)));
    assert.deepEqual([encoded, counts], [new Float32Array(72).fill(3), [32, 24, 24, 18]]);
    assert.deepEqual(sides(session, 'sample'), ['8×8', '8×6', '6×8', '6×6']);
  });

  it('gives means and variances tile by tile, of which one sample is drawn', async () => {
    const session = fakeSession(ENCODER, ({ sample }) => zeros(4, sample!.dims[2]! / 2, sample!.dims[3]! / 2));
    const counts: number[] = [];
    const encoded = await new Encoder(session, { sample_size: 8, scaling_factor: 1 }, 'always').encode(new Float32Array(3 * 144), size, shape, (count) => (counts.push(count), new Float32Array(count).fill(2)));
    assert.deepEqual([encoded, counts], [new Float32Array(72).fill(2), [72]]);
  });

  it('is refused where it was trained on pictures that are no tiles', async () => {
    await refused(() => new Decoder(painter(0), { sample_size: 3 }, 'always').decode(latents, shape, size), 'bad-model',
      'config.json says that the autoencoder was trained on pictures of 3 pixels (sample_size), which are no tiles to work in; correct it, or work without tiles');
  });

  it('names what is no number in one of them', async () => {
    const session = fakeSession(DECODER, ({ latent_sample }) => {
      const answer = zeros(3, 2 * latent_sample!.dims[2]!, 2 * latent_sample!.dims[3]!);
      if (session.calls.length === 4) answer.data.fill(NaN);
      return answer;
    });
    await refused(() => new Decoder(session, { sample_size: 8 }, 'always').decode(latents, shape, size), 'numeric', /^vae_decoder gave NaN/);
  });
});
