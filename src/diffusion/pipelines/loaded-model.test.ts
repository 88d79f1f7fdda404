import assert from 'node:assert/strict';
import fs from 'node:fs';
import { cp, mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wave, writeLora } from '../../adapters/test-support/lora';
import { readModelFolder } from '../../models';
import { TINY_ICON, tinyRequest } from '../test-support/tiny-request';
import { draw } from './draw';
import { LoadedModel, type MemoryTier } from './loaded-model';

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
