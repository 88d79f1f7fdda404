import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { GenerateRequest } from '../../prompt';
import { flowEdit } from '../editing';
import { readModelFolder } from '../../models';
import { resizing, withUpscaler } from '../../../test/support/doubler';
import { tinyRequest } from '../test-support/tiny-request';
import { LoadedModel, MEMORY_TIERS } from './loaded-model';
import { Pipelines } from './pipelines';

describe('a model with an upscaler', () => {
  let folder: string;
  let path: string;
  let pipelines: Pipelines;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-upscaler-'));
    path = join(folder, 'model');
    await withUpscaler(path);
    pipelines = new Pipelines({ threads: 1 });
  });
  afterEach(async () => {
    await pipelines.dispose();
    await rm(folder, { recursive: true });
  });

  const asked = (side: number, changes: Partial<GenerateRequest> = {}) => tinyRequest({ model: { id: 'twice', path }, width: side, height: side, ...changes });
  const png = async (name: string, rgb: Uint8Array, side: number) => {
    await sharp(rgb, { raw: { width: side, height: side, channels: 3 } }).png().toFile(join(folder, name));
    return { path: join(folder, name), sha256: '0'.repeat(64) };
  };

  it('draws the same picture again larger, under every memory tier, and as before where it is not asked to', async function () {
    this.timeout(60_000); // nine drawings
    const small = await pipelines.draw(asked(64));
    assert.deepEqual(small.rgb, (await pipelines.draw(tinyRequest())).rgb);
    for (const memoryTier of MEMORY_TIERS) {
      const tiered = new Pipelines({ threads: 1, memoryTier });
      const large = await tiered.draw(asked(128));
      assert.deepEqual([large.width, large.height, large.latents], [128, 128, small.latents]);
      assert.deepEqual(large.rgb, doubled(small.rgb), memoryTier);
      assert.deepEqual((await tiered.draw(asked(64))).rgb, small.rgb);
      await tiered.dispose();
    }
  });

  it('takes a large picture in by the means of its pixels, with its mask, as it would the small one', async function () {
    this.timeout(60_000);
    const picture = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7) % 256);
    const mask = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i > 64 * 64 ? 255 : 0));
    const init = { 64: await png('small.png', picture, 64), 128: await png('large.png', doubled(picture), 128) };
    const masks = { 64: await png('small-mask.png', mask, 64), 128: await png('large-mask.png', doubled(mask), 128) };
    for (const masked of [false, true]) {
      const drawn = (side: 64 | 128) => pipelines.draw(asked(side, { init: init[side], mask: masked ? masks[side] : null }));
      const small = (await drawn(64)).rgb;
      assert.ok(difference((await drawn(128)).rgb, doubled(small)) <= 1, 'the mean of four equal numbers may differ in its last bit');
    }
  });

  it('edits a large picture as it would the small one', async function () {
    this.timeout(60_000);
    const picture = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7) % 256);
    const edit = async (side: number, rgb: Uint8Array) => {
      const model = new LoadedModel(await readModelFolder(path), { memoryTier: 'keep-all', threads: 1 });
      const target = asked(side, { init: await png(`${side}.png`, rgb, side) });
      return (await flowEdit(model, { target, source: { prompt: 'blue star', guidanceScale: 1 }, nStart: 3 }, {}).finally(() => model.dispose())).rgb;
    };
    assert.ok(difference(await edit(128, doubled(picture)), doubled(await edit(64, picture))) <= 1);
  });

  it('refuses other sizes by name of both, and an upscaler that gives others', async () => {
    const refused = (code: string, message: string | RegExp, side: number) => assert.rejects(pipelines.draw(asked(side)), { code, message });
    await refused('bad-request', 'twice draws 64x64 or 128x128, not 96x96; set size: 64x64', 96);
    await writeFile(join(path, 'upscaler/model.onnx'), 'none');
    await refused('bad-model', /upscaler\/model\.onnx/, 64);
    await rm(path, { recursive: true });
    await withUpscaler(path, resizing([1, 1, 1, 2]));
    await refused('bad-model', /^upscaler gave 24576 values for a picture of 128x128/, 128);
  });
});

/** Every pixel of a square picture four times. */
function doubled(rgb: Uint8Array): Uint8Array {
  const side = Math.sqrt(rgb.length / 3);
  return Uint8Array.from({ length: rgb.length * 4 }, (_, i) => {
    const [pixel, channel] = [Math.floor(i / 3), i % 3];
    const [y, x] = [Math.floor(pixel / (2 * side)) >> 1, (pixel % (2 * side)) >> 1];
    return rgb[(y * side + x) * 3 + channel]!;
  });
}

function difference(a: Uint8Array, b: Uint8Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}
