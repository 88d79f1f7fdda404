/** Numbers and lists in a model's small files that say something else than they should: refused by name, and at once. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pipelines } from '../../src/diffusion';
import { tinyRequest } from '../../src/diffusion/test-support/tiny-request';

const SD15 = join(__dirname, '../fixtures/models/sd15');

describe('damaged numbers in a model folder', function () {
  this.timeout(20_000); // a table as long as a damaged number says takes minutes, or more memory than there is
  let folder: string;
  let pipelines: Pipelines;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-bad-numbers-'));
    await cp(SD15, folder, { recursive: true });
    pipelines = new Pipelines({ threads: 1, tiles: 'always' });
  });
  afterEach(async () => {
    await pipelines.dispose();
    await rm(folder, { recursive: true });
  });

  const say = async (file: string, fields: object) => {
    const said = JSON.parse(await readFile(join(folder, file), 'utf8')) as object;
    await writeFile(join(folder, file), JSON.stringify({ ...said, ...fields }));
  };
  const draw = async () => (await pipelines.draw(tinyRequest({ model: { id: 'damaged', path: folder }, steps: 4 }))).rgb;
  const refused = (message: RegExp) =>
    assert.rejects(draw(), (error: Error & { code?: string }) => {
      assert.ok(error.code === 'bad-model' || error.code === 'bad-request', error.stack);
      assert.match(error.message, message);
      assert.ok(!error.message.includes('\n'), error.message);
      return true;
    });

  for (const [file, fields, message] of [
    ['scheduler/scheduler_config.json', { num_train_timesteps: 200_000_000 }, /num_train_timesteps .*is 200000000/],
    ['scheduler/scheduler_config.json', { trained_betas: [0.1] }, /1 trained_betas for 1000 timesteps/],
    ['scheduler/scheduler_config.json', { beta_start: -1 }, /beta/],
    ['scheduler/scheduler_config.json', { beta_end: 5 }, /beta/],
    ['tokenizer/tokenizer_config.json', { model_max_length: 0 }, /tokenizer_config\.json: model_max_length is wrong/],
    ['tokenizer/tokenizer_config.json', { model_max_length: 3.5 }, /tokenizer_config\.json: model_max_length is wrong/],
    ['vae_decoder/config.json', { sample_size: 8 }, /sample_size/],
    ['vae_decoder/config.json', { block_out_channels: [] }, /vae_decoder\/config\.json: block_out_channels/],
    ['vae_decoder/config.json', { latents_mean: [0.1] }, /latents_mean .*1 numbers for 4 channels/],
  ] as const) {
    it(`name ${Object.keys(fields).join()} in ${file}: ${JSON.stringify(Object.values(fields)[0])}`, async () => {
      await say(file, fields);
      await refused(message);
    });
  }

  for (const merges of ['', '#version: 0.2\n', 'a pair and more\n']) {
    it(`name merges.txt: ${JSON.stringify(merges)}`, async () => {
      await writeFile(join(folder, 'tokenizer/merges.txt'), merges);
      await refused(/merges\.txt is no list of pairs/);
    });
  }

  it('take a length beyond every encoder for no limit', async () => {
    await say('tokenizer/tokenizer_config.json', { model_max_length: null });
    const unlimited = await draw();
    await say('tokenizer/tokenizer_config.json', { model_max_length: 100_000_000 });
    assert.deepEqual(await draw(), unlimited);
  });
});
