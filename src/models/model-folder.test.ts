import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownEaselHome } from '../../test/support/own-easel-home';
import { hashModelFolder, knownConcepts, ModelError, parseTolerantJson, readModelFolder } from './index';

const FIXTURE = join(__dirname, '../../test/fixtures/models/tiny-icon');

describe('a model folder', () => {
  let dir: string;
  ownEaselHome();
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'easel-models-'));
    await cp(FIXTURE, join(dir, 'model'), { recursive: true });
    dir = join(dir, 'model');
  });
  afterEach(() => rm(join(dir, '..'), { recursive: true }));

  const refuses = (message: RegExp) =>
    assert.rejects(readModelFolder(dir), (error: Error) => error instanceof ModelError && message.test(error.message) && !error.message.includes('\n'));

  it('is known by what lies in it', async () => {
    const folder = await readModelFolder(dir, 'tiny');
    assert.equal(folder.kind, 'icon');
    assert.equal(folder.id, 'tiny');
    assert.deepEqual(Object.keys(folder.components).sort(), ['text_encoder', 'transformer']);
    assert.equal(folder.scheduler['shift_terminal'], 0.05);
    assert.deepEqual(folder.defaults, { width: 64, height: 64, steps: 20, guidanceScale: 3.2 });
  });

  for (const part of ['text_encoder/model.onnx', 'transformer/model.onnx', 'scheduler/scheduler_config.json', 'tokenizer/tokenizer.json']) {
    it(`names ${part} when it is missing`, async () => {
      await rm(join(dir, part));
      await refuses(new RegExp(part.replace('.', '\\.')));
    });
  }

  it('reads what Python writes into JSON', async () => {
    await writeFile(join(dir, 'scheduler/scheduler_config.json'), '{"_class_name": "X", "lambda_min_clipped": -Infinity, "name": "NaN, -Infinity \\" Infinity"}');
    const { scheduler } = await readModelFolder(dir);
    assert.deepEqual(scheduler, { _class_name: 'X', lambda_min_clipped: -Infinity, name: 'NaN, -Infinity " Infinity' });
    assert.deepEqual(parseTolerantJson('[NaN, Infinity, 1]'), [NaN, Infinity, 1]);
  });

  it('tells which file is not JSON, and which field is wrong', async () => {
    await writeFile(join(dir, 'scheduler/scheduler_config.json'), '{"_class_name": ');
    await refuses(/scheduler_config\.json is not JSON/);
    await writeFile(join(dir, 'scheduler/scheduler_config.json'), '{"_class_name": 5}');
    await refuses(/scheduler_config\.json: _class_name: /);
  });

  it('may say what it was taught', async () => {
    assert.equal(await knownConcepts(await readModelFolder(dir)), undefined);
    await writeFile(join(dir, 'concepts.json'), '{"concepts": [{"name": "heart"}], "colours": {"red": "#f00"}}');
    const known = await knownConcepts(await readModelFolder(dir));
    assert.deepEqual(known!.concepts, [{ name: 'heart', synonyms: [] }]);
    await writeFile(join(dir, 'concepts.json'), '{"concepts": ["heart"]}');
    await assert.rejects(async () => knownConcepts(await readModelFolder(dir)), /concepts\.json: concepts\.0/);
  });

  it('is an icon model also where its index lists "vae": null', async () => {
    await writeFile(join(dir, 'model_index.json'), '{"vae": null, "transformer": ["easel", "IconTransformer"]}');
    assert.equal((await readModelFolder(dir)).kind, 'icon');
  });

  it('is an icon model also where its index lists parts that it lacks as [null, null]', async () => {
    await writeFile(join(dir, 'model_index.json'), '{"vae": [null, null], "transformer": ["easel", "IconTransformer"]}');
    assert.equal((await readModelFolder(dir)).kind, 'icon');
  });

  describe('of another family', () => {
    const models = join(FIXTURE, '..');
    const copy = async (model: string) => {
      await rm(dir, { recursive: true });
      await cp(join(models, model), dir, { recursive: true });
    };

    it('is SD3 without T5 also where both of its CLIP tokenizers are a lone tokenizer.json, as transformers 5 writes them', async () => {
      await copy('sd3');
      for (const part of ['text_encoder_3', 'tokenizer_3']) await rm(join(dir, part), { recursive: true });
      for (const tokenizer of ['tokenizer', 'tokenizer_2']) {
        await rm(join(dir, tokenizer, 'vocab.json'));
        await writeFile(join(dir, tokenizer, 'tokenizer.json'), '{}');
      }
      assert.equal((await readModelFolder(dir)).kind, 'sd3');
    });

    it('is refused by name where Easel does not know it', async () => {
      await copy('sd3');
      for (const part of ['text_encoder_2', 'tokenizer_2', 'text_encoder_3', 'tokenizer_3']) await rm(join(dir, part), { recursive: true });
      await refuses(/lacks text_encoder_2\/model\.onnx/);
      await writeFile(join(dir, 'model_index.json'), '{"_class_name": "PixArtAlphaPipeline", "transformer": ["diffusers", "X"], "vae": ["diffusers", "Y"], "text_encoder": ["transformers", "Z"]}');
      await refuses(/does not draw with \(PixArtAlphaPipeline\)/);
    });

    it('is SDXL also where its second encoder is missing, and says so', async () => {
      await copy('sdxl');
      await rm(join(dir, 'text_encoder_2'), { recursive: true });
      await refuses(/lacks text_encoder_2\/model\.onnx/);
    });
  });

  it('takes a graph under another name, but not two', async () => {
    await rename(join(dir, 'transformer/model.onnx'), join(dir, 'transformer/model_q4.onnx'));
    assert.match((await readModelFolder(dir)).components.transformer!.file, /model_q4\.onnx$/);
    await writeFile(join(dir, 'transformer/other.onnx'), '');
    await refuses(/2 graphs and none is called model\.onnx/);
  });

  it('refuses links that lead out, and follows those that stay', async () => {
    await rename(join(dir, 'transformer/model.onnx'), join(dir, 'transformer/weights'));
    await symlink('weights', join(dir, 'transformer/model.onnx'));
    assert.equal((await readModelFolder(dir)).kind, 'icon');
    await rm(join(dir, 'transformer/model.onnx'));
    await symlink('/etc/hostname', join(dir, 'transformer/model.onnx'));
    await refuses(/link out of the model folder/);
    await rm(join(dir, 'transformer/model.onnx'));
    await symlink('nowhere', join(dir, 'transformer/model.onnx'));
    await refuses(/link to nothing/);
  });

  it('follows the links of the hub cache to its blobs', async () => {
    const hub = join(dir, '../models--a--b');
    await mkdir(join(hub, 'snapshots'), { recursive: true });
    await mkdir(join(hub, 'blobs'));
    await rename(dir, join(hub, 'snapshots/abc'));
    dir = join(hub, 'snapshots/abc');
    await rename(join(dir, 'transformer/model.onnx'), join(hub, 'blobs/1234'));
    await symlink('../../../blobs/1234', join(dir, 'transformer/model.onnx'));
    assert.equal((await readModelFolder(dir)).kind, 'icon');
    dir = join(hub, '../model');
  });

  it('says so when it is no model folder', async () => {
    await rm(join(dir, 'model_index.json'));
    await rm(join(dir, 'scheduler'), { recursive: true });
    await refuses(/no model_index\.json/);
    dir = join(dir, 'model_index');
    await refuses(/there is no model folder/);
    dir = join(dir, '..');
  });

  it('has a hash that follows every file that decides pixels, and no other', async () => {
    const hash = async () => hashModelFolder(await readModelFolder(dir));
    const before = await hash();
    assert.match(before, /^[0-9a-f]{64}$/);
    await writeFile(join(dir, 'README.md'), 'A card.');
    assert.equal(await hash(), before);
    await writeFile(join(dir, 'scheduler/scheduler_config.json'), '{"_class_name": "FlowMatchEulerDiscreteScheduler"}');
    assert.notEqual(await hash(), before);
  });

  it('keeps its hash when it is copied elsewhere', async () => {
    const here = await hashModelFolder(await readModelFolder(dir));
    assert.equal(await hashModelFolder(await readModelFolder(FIXTURE)), here);
  });
});
