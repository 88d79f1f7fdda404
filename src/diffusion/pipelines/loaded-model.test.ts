import assert from 'node:assert/strict';
import fs from 'node:fs';
import { cp, mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wave, writeLora } from '../../adapters/test-support/lora';
import { readModelFolder, type ComponentConfig, type ModelFolder } from '../../models';
import { tensor, type SessionOptions } from '../../runtime';
import { fakeSession, type Declared } from '../test-support/fake-session';
import { near } from '../test-support/near';
import { TINY_ICON, tinyRequest } from '../test-support/tiny-request';
import { draw } from './draw';
import { LoadedModel, type LoadOptions, type MemoryTier } from './loaded-model';
import type { Injection } from './requested-adapters';

const SD15 = join(__dirname, '../../../test/fixtures/models/sd15');

describe('a loaded model', () => {
  const partsAfterDrawing = async (memoryTier: MemoryTier) => {
    const model = new LoadedModel(await readModelFolder(TINY_ICON), { threads: 1, memoryTier });
    const during = new Set<string>();
    await draw(model, tinyRequest(), { onPhase: ({ phase }) => during.add(`${phase}: ${model.openParts().join(' ')}`) });
    const after = model.openParts();
    await model.dispose();
    assert.deepEqual(model.openParts(), []);
    return { denoising: [...during].find((line) => line.startsWith('denoising')), after };
  };

  it('keeps everything', async () => {
    assert.deepEqual(await partsAfterDrawing('keep-all'), { denoising: 'denoising: text_encoder transformer', after: ['text_encoder', 'transformer'] });
  });

  it('reads its denoiser\'s graph once, also where it might be cut into parts', async () => {
    const folder = await readModelFolder(TINY_ICON);
    const { openSync } = fs;
    const opened: unknown[] = [];
    fs.openSync = (...args) => {
      opened.push(args[0]);
      return openSync(...args);
    };
    const model = new LoadedModel(folder, { threads: 1, memoryTier: 'auto' });
    try {
      await draw(model, tinyRequest(), {});
    } finally {
      fs.openSync = openSync;
      await model.dispose();
    }
    assert.equal(opened.filter((path) => path === folder.components.transformer?.file).length, 1);
  });

  it('keeps the text encoder', async () => {
    assert.deepEqual(await partsAfterDrawing('keep-text-encoder'), { denoising: 'denoising: text_encoder transformer', after: ['text_encoder'] });
  });

  it('holds one part at a time', async () => {
    assert.deepEqual(await partsAfterDrawing('unload'), { denoising: 'denoising: transformer', after: [] });
  });

  it('adds a LoRA to the graphs that rounded ones were made of, and tells it', async () => {
    const folder = await readModelFolder(TINY_ICON);
    const components = { ...folder.components, transformer: { ...folder.components.transformer!, file: '/nowhere/int8.onnx' } };
    const model = new LoadedModel({ ...folder, components }, { threads: 1, memoryTier: 'keep-all', originals: folder.components });
    const dir = await mkdtemp(join(tmpdir(), 'easel-rounded-'));
    try {
      const path = join(dir, 'x.safetensors');
      await writeLora(path, { 'transformer.up.diff': wave([64, 32]) });
      await assert.rejects(draw(model, tinyRequest(), {}), /nowhere/);
      const { notes } = await draw(model, tinyRequest({ adapters: [{ id: 'x', path, weight: 1 }] }), {});
      assert.ok(notes.some((note) => note.startsWith('drawn without the int8 copy')));
    } finally {
      await model.dispose();
      await rm(dir, { recursive: true });
    }
  });

  it('says which graph is missing, or is half of one', async () => {
    const folder = await readModelFolder(TINY_ICON);
    const dir = await mkdtemp(join(tmpdir(), 'easel-damaged-'));
    const damaged = join(dir, 'damaged.onnx');
    await cp(folder.components.transformer!.file, damaged);
    await truncate(damaged, 3000);
    for (const file of [damaged, join(dir, 'nowhere.onnx')]) {
      const model = new LoadedModel({ ...folder, components: { ...folder.components, transformer: { ...folder.components.transformer!, file } } }, { threads: 1, memoryTier: 'auto' });
      await assert.rejects(draw(model, tinyRequest(), {}), (error: Error) => error.message.includes(file));
      await model.dispose();
    }
    await rm(dir, { recursive: true });
  });

  it('frees what a failed drawing left open', async () => {
    const model = new LoadedModel(await readModelFolder(TINY_ICON), { threads: 1, memoryTier: 'unload' });
    await assert.rejects(draw(model, tinyRequest({ width: 128 }), {}));
    await model.rest();
    assert.deepEqual(model.openParts(), []);
  });
});

describe('the parts of a loaded model', () => {
  let folder: ModelFolder;
  before(async () => (folder = await readModelFolder(SD15)));

  const EVEN = { channels: 4, height: 8, width: 8 };
  const UNEVEN = { channels: 4, height: 5, width: 9 };
  const INPUTS: Record<string, Declared> = {
    text_encoder: { input_ids: ['int64', ['b', 77]] }, vae_decoder: { latent_sample: ['float32', ['b', 4, 'h', 'w']] }, vae_encoder: { sample: ['float32', ['b', 3, 'h', 'w']] },
    unet: { sample: ['float32', ['b', 'c', 'h', 'w']], timestep: ['int64', []], encoder_hidden_states: ['float32', ['b', 's', 24]] },
  };
  const nothing = async () => undefined;
  /** A model whose graphs are none, and what is opened and freed of it. */
  const watched = (options: Partial<LoadOptions> = {}, own: Partial<ModelFolder> = {}) => {
    const events: string[] = [];
    const opened = new Map<string, SessionOptions>();
    const model = new LoadedModel({ ...folder, ...own }, {
      memoryTier: 'keep-all', threads: 1,
      open: async (part, file, given) => {
        events.push(`open ${part}${given.mapped ? ', mapped' : ''}`);
        opened.set(part, given);
        const answer = part === 'vae_encoder' ? () => tensor(new Float32Array(4).fill(1), [1, 4, 1, 1]) : () => assert.fail('shapes do not match');
        return { ...fakeSession(INPUTS[part]!, answer), file, release: async () => void events.push(`free ${part}`) };
      },
      ...options,
    });
    return { model, opened, events, since: () => events.splice(0) };
  };

  for (const memoryTier of ['auto', 'keep-all', 'keep-text-encoder'] as const) {
    it(`are opened at once, in the order of their turns: ${memoryTier}`, async () => {
      const { model, since } = watched({ memoryTier });
      let checks = 0;
      await model.open(EVEN, async () => void checks++);
      assert.deepEqual([since(), checks], [['open text_encoder', 'open unet', 'open vae_decoder'], 2]);
      await model.open(EVEN, nothing);
      assert.equal(await model.text(), await model.text());
      assert.equal(await model.denoiser(), await model.denoiser());
      assert.deepEqual(since(), []);
      await model.rest();
      assert.deepEqual(since(), { auto: [], 'keep-all': [], 'keep-text-encoder': ['free unet', 'free vae_decoder'] }[memoryTier]);
      await model.dispose();
      assert.deepEqual(since(), memoryTier === 'keep-text-encoder' ? ['free text_encoder'] : ['free text_encoder', 'free unet', 'free vae_decoder']);
    });
  }

  it('that come late are tried once, each by itself, where nothing may stay', async () => {
    const { model, since } = watched({ memoryTier: 'unload' });
    await model.open(EVEN, nothing);
    assert.deepEqual(since(), ['open unet, mapped', 'free unet', 'open vae_decoder, mapped', 'free vae_decoder', 'open text_encoder']);
    await model.finished('text');
    await model.denoiser();
    await model.finished('denoiser');
    await model.decoder();
    await model.finished('decoder');
    assert.deepEqual(since(), ['free text_encoder', 'open unet', 'free unet', 'open vae_decoder', 'free vae_decoder']);
    await model.open(EVEN, nothing);
    assert.deepEqual(since(), ['open text_encoder']);
  });

  it('that are bad are told before the text is read, also where nothing may stay', async () => {
    const { text_encoder, unet } = folder.components;
    const { model, since } = watched({ memoryTier: 'unload' }, { components: { text_encoder, unet } });
    await assert.rejects(model.open(EVEN, nothing), { code: 'bad-model', message: `the model folder ${SD15} lacks vae_decoder/model.onnx; fetch the model again` });
    assert.deepEqual(since(), ['open unet, mapped', 'free unet']);
  });

  it('run where they are told to, text encoders where they are', async () => {
    const { model, opened } = watched({ provider: 'webgpu', textProvider: 'cpu' });
    await model.open(EVEN, nothing);
    assert.deepEqual([...opened].map(([part, { provider }]) => [part, provider]), [['text_encoder', 'cpu'], ['unet', 'webgpu'], ['vae_decoder', 'webgpu']]);
  });

  it('include one UNet for sides that halve and another for all, from the first that do not', async () => {
    for (const uneven of [UNEVEN, { ...EVEN, height: 5 }, { ...EVEN, width: 9 }]) {
      const { model, opened, since } = watched();
      await model.open(EVEN, nothing);
      const plain = opened.get('unet')!.graph;
      since();
      await model.open(uneven, nothing);
      assert.deepEqual(since(), ['free unet', 'open unet']);
      assert.notDeepEqual(opened.get('unet')!.graph, plain);
      for (const shape of [EVEN, uneven]) await model.open(shape, nothing);
      assert.deepEqual(since(), []);
    }
  });

  it('include a UNet that knows how often it halves its latents, as its config.json says', async () => {
    const settings = { shape: UNEVEN, size: { width: 72, height: 40 }, guidanceScale: 1 };
    const ask = async (own: Partial<ModelFolder>) => (await watched({}, own).model.denoiser()).predict(new Float32Array(180), 1, [{ hidden: new Float32Array(24), tokens: 1, width: 24, pooled: null, attentionBias: null }], settings);
    await assert.rejects(ask({}), { code: 'bad-request', message: /multiples of 16, not 72x40; set size: 80x48/ });
    const components = { ...folder.components, unet: { ...folder.components.unet!, config: { in_channels: 4 } } };
    await assert.rejects(ask({ components }), { code: 'bad-request', message: /multiples of 64, not 72x40; set size: 64x64/ });
  });

  it('include a UNet that knows its channels where its input does not say: as its config.json does, or its graph', async () => {
    const { file } = folder.components.unet!;
    const channels = async (config: ComponentConfig) => (await watched({}, { components: { ...folder.components, unet: { file, config } } }).model.denoiser()).inputChannels;
    assert.deepEqual([await channels({ in_channels: 9 }), await channels({})], [9, 4]);
  });

  it('include an encoder for pictures that go in, scaled as it says or as its decoder does', async () => {
    const encoded = async (own: Partial<ModelFolder>) => watched({}, own).model.encodePicture(new Float32Array(192), { width: 8, height: 8 }, { channels: 4, height: 1, width: 1 }, () => assert.fail());
    const { vae_encoder: encoder, vae_decoder: decoder, ...others } = folder.components;
    const parts = (own: number | undefined, its: number) => ({ ...others, vae_encoder: { ...encoder!, config: { scaling_factor: own } }, vae_decoder: { ...decoder!, config: { scaling_factor: its } } });
    near(await encoded({ components: parts(0.5, 0.25) }), [0.5, 0.5, 0.5, 0.5], 0);
    near(await encoded({ components: parts(undefined, 0.25) }), [0.25, 0.25, 0.25, 0.25], 0);
    await assert.rejects(encoded({ components: others }), { code: 'bad-request', message: /^sd15 has no vae_encoder\/model\.onnx, so no picture can go in/ });
    const picture = new Float32Array(192);
    const { model } = watched({}, { kind: 'icon', components: others });
    assert.equal(await model.encodePicture(picture, { width: 8, height: 8 }, { channels: 3, height: 8, width: 8 }, () => assert.fail()), picture, 'where the picture is its latents');
  });

  it('include tokenizers, which are named where they cannot be read', async () => {
    const { model } = watched({}, { tokenizers: ['/nowhere'] });
    await assert.rejects(model.text(), { code: 'bad-model', message: /^cannot read the tokenizer in \/nowhere: / });
  });

  it('that a LoRA changes and that are not there are told', () => {
    const layers = ['denoiser', 'text_encoder', 'text_encoder_2', 'text_encoder_2'].map((part) => ({ part }));
    const injection = { blocks: [], bias: false, loras: [{ id: 'x', weight: 1, file: { layers } }] } as unknown as Injection;
    const told = ['<lora:x> changes text_encoder_2 too, which sd15 does not have'];
    assert.deepEqual(watched().model.adapterNotes(injection), told);
    assert.deepEqual(watched({ originals: folder.components }).model.adapterNotes(injection), [...told, 'drawn without the int8 copy: a LoRA is added to the weights that it was made of']);
    assert.deepEqual(watched({ originals: folder.components }).model.adapterNotes({ blocks: [], bias: false }), []);
  });
});
