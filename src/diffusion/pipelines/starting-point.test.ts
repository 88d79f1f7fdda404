import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from '../../image';
import type { Noise } from '../noise';
import type { Scheduler } from '../schedulers';
import { tinyRequest } from '../test-support/tiny-request';
import type { Denoiser } from './denoiser';
import { saveLatents } from './latent-files';
import type { LoadedModel } from './loaded-model';
import { rgbToPlanes } from './planes';
import { putBack, readPlanes, startingPoint } from './starting-point';

/** One channel of 2 × 2 latents for a picture of 16 × 16. */
const SHAPE = { channels: 1, height: 2, width: 2 };
const SIZE = { width: 16, height: 16 };
const PIXELS = 256;
const [PLAIN, INPAINTING] = [1, 3] as const;

/** Latents are scaled by 10 at the start; noise is added as a hundredth for every call walked. */
const scheduler = {
  initNoiseSigma: 10, begin: 3,
  addNoise: (original: Float32Array, noise: Float32Array, i: number) => original.map((value, k) => value + (i / 100) * noise[k]!),
} as unknown as Scheduler;

describe('the starting point of a picture', () => {
  let folder: string;
  let file: (name: string) => { path: string };
  const rgb = Uint8Array.from({ length: 3 * PIXELS }, (_, i) => i % 251);
  /** The left half and the first pixel of the upper right cell. Green is light as eyes have it, blue and red are not. */
  const light = Array.from({ length: PIXELS }, (_, i) => i % 16 < 8 || i === 8);
  const colour = (i: number) => (light[i] ? (i < 128 ? [128, 128, 128] : [0, 255, 0]) : i < 64 ? [127, 127, 127] : i < 128 ? [0, 0, 255] : [255, 0, 0]);
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-start-'));
    file = (name) => ({ path: join(folder, name) });
    await writeFile(file('init.png').path, await encodePng(rgb, 16, 16));
    await writeFile(file('mask.png').path, await encodePng(Uint8Array.from(light.flatMap((_, i) => colour(i))), 16, 16));
    await writeFile(file('large.png').path, await encodePng(Uint8Array.from({ length: 3 * 32 * 24 }, (_, i) => (i % 96 < 48 ? 0 : 255)), 32, 24));
  });
  after(() => rm(folder, { recursive: true }));

  /** What was done with the seed's numbers, in order, and with which pictures; the stream deals 1, 2, 3, … in every call. */
  const start = async (changes: Parameters<typeof tinyRequest>[0] = {}, channels: number | undefined = PLAIN) => {
    const asked: string[] = [];
    const pictures: Float32Array[] = [];
    const random: Noise = { randn: (count) => (asked.push(`randn ${count}`), Float32Array.from({ length: count }, (_, i) => asked.length + i)) };
    const encodePicture: LoadedModel['encodePicture'] = async (picture, _size, _shape, randn) => {
      asked.push('encode');
      pictures.push(picture);
      return randn(4).fill(pictures.length); // an encoder draws from its Gaussian
    };
    const model = { folder: { id: 'some-model' }, encodePicture } as unknown as LoadedModel;
    const request = tinyRequest({ ...SIZE, ...changes });
    return { asked, pictures, ...(await startingPoint(model, { inputChannels: channels } as Denoiser, request, SHAPE, random, scheduler)) };
  };
  const ONES = new Float32Array(4).fill(1);

  it("is the seed's noise as strong as the scheduler begins with", async () => {
    for (const channels of [PLAIN, undefined]) {
      const { asked, noise, latents, keep, extraChannels } = await start({}, channels);
      assert.deepEqual([asked, noise, latents, keep, extraChannels], [['randn 4'], Float32Array.of(1, 2, 3, 4), Float32Array.of(10, 20, 30, 40), null, undefined]);
    }
  });

  it("is a file's noise, where one is named: the seed's is left for the steps", async () => {
    const path = join(folder, 'noise.safetensors');
    await saveLatents(path, SHAPE, Float32Array.of(-1, -2, -3, -4), new Float32Array(4));
    const { asked, noise, latents } = await start({ output: { ...tinyRequest().output, noise: path } });
    assert.deepEqual([asked, noise, latents], [[], Float32Array.of(-1, -2, -3, -4), Float32Array.of(-10, -20, -30, -40)]);
  });

  it('is part of the way from a picture that goes in, whose encoder draws first', async () => {
    const { asked, pictures, noise, latents, keep } = await start({ init: file('init.png') });
    assert.deepEqual(asked, ['encode', 'randn 4', 'randn 4']);
    assert.deepEqual(pictures, [rgbToPlanes(rgb, 16, 16)]);
    assert.deepEqual([latents, keep], [noise.map((value) => 1 + 0.03 * value), null]);
    const whole = await start({ init: file('init.png'), denoisingStrength: 1 });
    assert.deepEqual([whole.asked, whole.latents], [asked, latents], 'also where the scheduler begins at its first call');
  });

  describe('under a mask', () => {
    const masked = { get init() { return file('init.png'); }, get mask() { return file('mask.png'); } };

    it('keeps the picture to be put back where the mask is dark, and encodes the masked picture for its draws alone', async () => {
      const { asked, pictures, noise, latents, keep, extraChannels } = await start({ ...masked });
      assert.deepEqual(asked, ['encode', 'randn 4', 'randn 4', 'encode', 'randn 4']);
      assert.deepEqual(keep, { original: ONES, mask: Float32Array.of(1, 1, 1, 0) }); // a cell is its first pixel
      assert.deepEqual([latents, extraChannels], [noise.map((value) => 1 + 0.03 * value), undefined]);
      assert.deepEqual(pictures[1], rgbToPlanes(rgb, 16, 16).map((value, i) => (light[i % PIXELS] ? 0 : value)));
    });

    it('starts at noise where all is repainted, and still keeps the picture', async () => {
      const { asked, noise, latents, keep } = await start({ ...masked, denoisingStrength: 1 });
      assert.deepEqual(asked, ['encode', 'randn 4', 'randn 4', 'encode', 'randn 4']);
      assert.deepEqual([latents, keep?.original], [noise.map((value) => 10 * value), ONES]);
    });

    it('has mask and masked picture go in beside the latents of a model that was made for it', async () => {
      const { asked, noise, latents, keep, extraChannels } = await start({ ...masked }, INPAINTING);
      assert.deepEqual(asked, ['encode', 'randn 4', 'randn 4', 'encode', 'randn 4']);
      assert.deepEqual([latents, keep], [noise.map((value) => 1 + 0.03 * value), null]);
      assert.deepEqual(extraChannels, Float32Array.of(1, 1, 1, 0, 2, 2, 2, 2));
      const full = await start({ ...masked, denoisingStrength: 1 }, INPAINTING);
      assert.deepEqual(full.asked, ['randn 4', 'encode', 'randn 4'], 'the picture itself is not needed');
      assert.deepEqual([full.latents, full.extraChannels], [Float32Array.of(10, 20, 30, 40), Float32Array.of(1, 1, 1, 0, 1, 1, 1, 1)]);
    });
  });

  it('is refused for a mask without its picture, and for an inpainting model without a mask', async () => {
    const refused = (work: Promise<unknown>, message: string | RegExp) => assert.rejects(work, { name: 'DiffusionError', code: 'bad-request', message });
    await refused(start({ mask: file('mask.png') }), 'a mask needs the picture it belongs to; add Init: with its path');
    for (const init of [null, file('init.png')]) await refused(start({ init }, INPAINTING), 'some-model is an inpainting model; add Init: and Mask:');
    await refused(start({ init: file('gone.png') }), /gone\.png/);
    await refused(start({ init: file('init.png'), mask: file('gone.png') }), /gone\.png/);
  });

  it('has pictures of another size scaled', async () => {
    const planes = await readPlanes(file('large.png').path, SIZE);
    assert.equal(planes.length, 3 * PIXELS);
    assert.ok(planes.every((value, i) => (i % 16 < 4 ? value === -1 : i % 16 < 12 || value === 1)), 'dark on the left, light on the right');
  });
});

describe('what a mask keeps', () => {
  it('is put back as noisy as the call says, in every channel, and blended where the mask is neither', () => {
    const keep = { original: Float32Array.of(1, 2, 3, 4, 5, 6), mask: Float32Array.of(0, 1, 0.5) };
    const noise = new Float32Array(6).fill(100);
    const back = putBack(new Float32Array(6).fill(-7), keep, noise, scheduler, 2);
    assert.deepEqual(back, Float32Array.of(1 + 2, -7, (3 + 2 - 7) / 2, 4 + 2, -7, (6 + 2 - 7) / 2));
  });
});
