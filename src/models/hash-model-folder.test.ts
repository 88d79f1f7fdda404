import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ownEaselHome } from '../../test/support/own-easel-home';
import { easelCache } from './easel-home';
import { decidesPixels, hashModelFolder } from './hash-model-folder';
import { filesOf } from './inside';

describe('what a picture hangs on', () => {
  it('is every graph, its weights, its configuration and its word lists', () => {
    for (const path of [
      'model_index.json', 'unet/model.onnx', 'unet/model.onnx_data', 'transformer/weights.pb', 'text_encoder/config.json', 'text_encoder_2/model.onnx', 'text_encoder_3/model.onnx', 'vae_decoder/model.onnx',
      'vae_encoder/model.onnx', 'image_encoder/model.onnx', 'prior/model.onnx', 'upscaler/model.onnx', 'scheduler/scheduler_config.json', 'tokenizer/merges.txt', 'tokenizer_2/spiece.model', 'tokenizer_3/tokenizer.json',
    ]) assert.ok(decidesPixels(path), path);
  });

  it('is no card, licence, preview or weights in another format, and nothing beside the parts', () => {
    for (const path of [
      'README.md', 'LICENSE', 'unet/LICENSE', 'unet/README.md', 'tokenizer/notes.txt', 'unet/diffusion_pytorch_model.safetensors', 'text_encoder/model.SAFETENSORS', 'unet/preview.png', 'concepts.json', 'adapters/few.safetensors',
      'unet.json', 'text_encoder_4/model.onnx', 'my/unet/model.onnx', 'safety_checker/model.onnx', 'unet_old/model.onnx',
    ]) assert.ok(!decidesPixels(path), path);
  });
});

describe("a model's hash", () => {
  let dir: string;
  ownEaselHome();
  beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'easel-hash-'))));
  afterEach(() => rm(dir, { recursive: true }));

  const put = async (files: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(join(dir, path), text);
    }
  };
  const hash = async (options = {}) => hashModelFolder({ dir, files: await filesOf(dir) }, options);
  const cached = async () => readdir(join(easelCache(), 'model-hashes')).catch(() => []);
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

  it('is that of the lines "path sha256" of what decides pixels, sorted by path', async () => {
    await put({ 'unet/model.onnx': 'abc', 'model_index.json': '', 'unet/README.md': 'a card', 'B.json': 'x' });
    // The digests of "" and "abc" are those of FIPS 180-4's examples.
    const [empty, abc] = ['e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'];
    assert.equal(await hash(), sha256(`model_index.json ${empty}\nunet/model.onnx ${abc}\n`));
  });

  it('is read once: it is known again as long as places, sizes and times are what they were', async () => {
    const put = async (text: string, seconds: number) => {
      await writeFile(file, text);
      await utimes(file, seconds, seconds);
    };
    await mkdir(join(dir, 'unet'));
    const file = join(dir, 'unet/model.onnx');
    await put('abc', 1000);
    const before = await hash();
    assert.equal((await cached()).length, 1);
    await put('xyz', 1000);
    assert.equal(await hash(), before, 'nothing was read');
    await put('xyz', 1001);
    assert.equal(await hash(), sha256(`unet/model.onnx ${sha256('xyz')}\n`));
    assert.equal((await cached()).length, 2);
  });

  it('is computed again where what is kept of it is damaged, and then kept whole', async () => {
    await put({ 'unet/model.onnx': 'abc' });
    const before = await hash();
    const [name] = await cached();
    for (const damage of ['', before.slice(0, 63), `${before}0`, before.toUpperCase()]) {
      await writeFile(join(easelCache(), 'model-hashes', name!), damage);
      assert.equal(await hash(), before);
      assert.equal(await readFile(join(easelCache(), 'model-hashes', name!), 'utf8'), before);
    }
    assert.deepEqual(await cached(), [name], 'no temporary file is left');
  });

  it('needs no cache: one that cannot be written changes nothing', async () => {
    await put({ 'unet/model.onnx': 'abc' });
    await writeFile(easelCache(), 'a file where the folder should be');
    assert.equal(await hash(), sha256(`unet/model.onnx ${sha256('abc')}\n`));
  });

  it('of a model that goes away or is given up is none, and none is kept', async () => {
    await put({ 'unet/model.onnx': 'abc' });
    await assert.rejects(hash({ signal: AbortSignal.abort() }), { name: 'AbortError' });
    const files = await filesOf(dir);
    await rm(join(dir, 'unet/model.onnx'));
    await assert.rejects(hashModelFolder({ dir, files }), { code: 'ENOENT' });
    assert.deepEqual(await cached(), []);
  });
});
