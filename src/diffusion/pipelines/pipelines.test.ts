import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { node } from '../../../test/support/tiny-graph';
import { encodePng } from '../../image';
import { readModel, writeModel } from '../../onnx';
import { readSafetensors, toFloat32 } from '../../onnx/safetensors';
import { TINY_ICON, tinyRequest } from '../test-support/tiny-request';
import { MEMORY_TIERS } from './loaded-model';
import { Pipelines } from './pipelines';

const SD15 = join(__dirname, '../../../test/fixtures/models/sd15');
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('pipelines', () => {
  let pipelines: Pipelines;
  let folder: string;
  beforeEach(async () => {
    pipelines = new Pipelines({ threads: 1 });
    folder = await mkdtemp(join(tmpdir(), 'easel-pipelines-'));
  });
  afterEach(async () => {
    await pipelines.dispose();
    await rm(folder, { recursive: true });
  });

  const pixels = async (changes: Parameters<typeof tinyRequest>[0] = {}) => (await pipelines.draw(tinyRequest(changes))).rgb;
  const fails = (changes: Parameters<typeof tinyRequest>[0], code: string, message: RegExp) =>
    assert.rejects(pipelines.draw(tinyRequest(changes)), (error: Error & { code?: string }) => {
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.ok(!error.message.includes('\n'));
      return true;
    });

  it('draw the same bytes after sides that a UNet does not halve evenly, for which its graph is another', async () => {
    const model = { id: 'sd15', path: SD15 };
    const even = await pixels({ model, steps: 1 });
    assert.equal((await pixels({ model, width: 72, height: 40, steps: 1 })).length, 72 * 40 * 3);
    assert.deepEqual(await pixels({ model, steps: 1 }), even);
  });

  it('refuse sides that a UNet cannot halve, with the nearest that it can', async () => {
    const path = join(folder, 'sd15');
    await cp(SD15, path, { recursive: true });
    const file = join(path, 'unet/model.onnx');
    const { graph, ...rest } = await readModel(file);
    // Scales that are made on the way are none that Easel recognises.
    const nodes = graph.nodes.flatMap((made) => (made.opType === 'Resize' ? [node('Identity', [made.inputs[2]!], ['scales']), { ...made, inputs: [made.inputs[0]!, '', 'scales'] }] : [made]));
    await writeModel({ ...rest, graph: { ...graph, nodes } }, `${file}.new`);
    await rename(`${file}.new`, file);
    await fails({ model: { id: 'sd15', path }, width: 72, height: 40, steps: 1 }, 'bad-request', /multiples of 16, not 72x40; set size: 80x48/);
  });

  it('draw the same bytes for the same request, whatever was drawn before', async () => {
    const first = await pixels();
    await pixels({ seed: '7', prompt: 'blue star', guidanceScale: 1 });
    assert.deepEqual(await pixels(), first);
    await pipelines.unload();
    assert.deepEqual(await pixels(), first);
  });

  const changes = {
    prompt: { prompt: 'blue star' }, 'negative prompt': { negativePrompt: 'blue' }, seed: { seed: '43' }, steps: { steps: 5 },
    'guidance scale': { guidanceScale: 4 }, 'guidance rescale': { guidanceRescale: 0.7 }, 'guidance interval': { guidanceInterval: [0.25, 0.75] as [number, number] },
    'perpendicular negative': { negativePrompt: 'blue', perpendicularNegative: 1 }, thresholding: { dynamicThresholding: 0.9 }, rng: { rng: 'philox' },
    'a weight': { prompt: '(red:1.5) heart' }, scheduling: { prompt: '[red:blue:0.5] heart' }, sampler: { sampler: 'Heun' },
  } as const;
  for (const [name, change] of Object.entries(changes)) {
    it(`draw something else for another ${name}`, async () => assert.notDeepEqual(await pixels(change), await pixels()));
  }

  it('ignore the negative prompt where guidance is off', async () => {
    assert.deepEqual(await pixels({ guidanceScale: 1, negativePrompt: 'blue' }), await pixels({ guidanceScale: 1 }));
  });

  it('guide nowhere in an empty interval, and everywhere in a whole one', async () => {
    assert.deepEqual(await pixels({ guidanceInterval: [0.5, 0.5] }), await pixels({ guidanceScale: 1 }));
    assert.deepEqual(await pixels({ guidanceInterval: [0, 1] }), await pixels());
  });

  it('have nothing perpendicular to an empty negative prompt', async () => {
    assert.deepEqual(await pixels({ perpendicularNegative: 2 }), await pixels());
  });

  it('read markup as plain text when told to', async () => {
    const drawing = await pipelines.draw(tinyRequest({ promptSyntax: 'plain', prompt: '(red:1.5) heart' }));
    assert.equal(drawing.emphasis, null);
    assert.notDeepEqual(drawing.rgb, await pixels({ prompt: '(red:1.5) heart' }));
  });

  it('name how weights acted', async () => {
    assert.equal((await pipelines.draw(tinyRequest({ prompt: '(red:1.5) heart' }))).emphasis, 'tokens scaled; pooled vector moved');
  });

  it('tell what of a long prompt was not read', async () => {
    const { notes } = await pipelines.draw(tinyRequest({ prompt: 'a red heart on a blue circle, outline style' }));
    assert.equal(notes.length, 1);
    assert.match(notes[0]!, /tokens and text_encoder reads 30: the last \d+ were left out/);
  });

  it('tell every phase and every step, and show previews', async () => {
    const phases: string[] = [];
    const previews: number[] = [];
    await pipelines.draw(tinyRequest(), {
      onPhase: ({ phase, step, steps }) => phases.push(`${phase} ${step}/${steps}`),
      onPreview: (rgb, width, height, step) => previews.push(step * Number(rgb().length === width * height * 3)),
    });
    assert.deepEqual(phases, ['loading 0/0', 'encoding 0/0', ...[0, 1, 2, 3].map((step) => `denoising ${step}/4`), 'decoding 0/0']);
    assert.deepEqual(previews, [1, 2, 3, 4]);
  });

  it('let what a text became be changed, the same for every step', async () => {
    const changed = new Set<unknown>();
    const withoutPooled = await pipelines.draw(tinyRequest(), { condition: (encoding) => (changed.add(encoding), { ...encoding, pooled: new Float32Array(encoding.pooled!.length) }) });
    assert.equal(changed.size, 2); // prompt and negative prompt
    assert.notDeepEqual(withoutPooled.rgb, await pixels());
    assert.deepEqual((await pipelines.draw(tinyRequest(), { condition: (encoding) => encoding })).rgb, await pixels());
  });

  it('stop between steps', async () => {
    const abort = new AbortController();
    const steps: number[] = [];
    const drawing = pipelines.draw(tinyRequest({ steps: 50 }), {
      signal: abort.signal,
      yieldNow: nextTurn,
      onPhase: ({ phase, step }) => {
        if (phase !== 'denoising') return;
        steps.push(step);
        if (step === 2) setImmediate(() => abort.abort());
      },
    });
    await assert.rejects(drawing, (error: Error & { code?: string }) => error.code === 'cancelled');
    assert.ok(steps.length <= 4, `${steps.length} steps began`); // the one that was running, and one more where steps are shorter than a yield is worth
    assert.equal((await pixels()).length, 64 * 64 * 3); // the next request is not affected
  });

  it('draw the same under every memory tier', async function () {
    this.timeout(60_000); // eight drawings
    const drawn: Uint8Array[] = [];
    for (const memoryTier of MEMORY_TIERS) {
      const tiered = new Pipelines({ threads: 1, memoryTier });
      drawn.push((await tiered.draw(tinyRequest())).rgb, (await tiered.draw(tinyRequest())).rgb);
      await tiered.dispose();
    }
    assert.ok(drawn.every((rgb) => Buffer.compare(rgb, drawn[0]!) === 0));
  });

  it('hold one model, and notice when its files change', async () => {
    const path = join(folder, 'copy');
    await cp(TINY_ICON, path, { recursive: true });
    const before = await pixels({ model: { id: 'copy', path } });
    assert.deepEqual(pipelines.loaded(), [path]);
    const config = join(path, 'scheduler/scheduler_config.json');
    await writeFile(config, (await readFile(config, 'utf8')).replace('"shift": 1.0', '"shift": 3.0'));
    assert.notDeepEqual(await pixels({ model: { id: 'copy', path } }), before);
    await pixels();
    assert.deepEqual(pipelines.loaded(), [TINY_ICON]);
  });

  it('go on from a picture, the less the lower the strength', async () => {
    const path = join(folder, 'init.png');
    const init = await pixels({ seed: '7' });
    await writeFile(path, await encodePng(init, 64, 64));
    const distance = async (denoisingStrength: number) => {
      const drawn = await pixels({ init: { path }, denoisingStrength, steps: 20 });
      return drawn.reduce((sum, value, i) => sum + Math.abs(value - init[i]!), 0) / drawn.length;
    };
    const [far, near] = [await distance(0.9), await distance(0.1)];
    assert.ok(near < far, `${near} against ${far}`);
  });

  it('keep what a mask keeps, to the byte', async () => {
    const init = await pixels({ seed: '7' });
    await writeFile(join(folder, 'init.png'), await encodePng(init, 64, 64));
    const mask = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (Math.floor(i / 3) % 64 < 32 ? 0 : 255)); // the right half anew
    await writeFile(join(folder, 'mask.png'), await encodePng(mask, 64, 64));
    const drawn = await pixels({ init: { path: join(folder, 'init.png') }, mask: { path: join(folder, 'mask.png') }, denoisingStrength: 0.8 });
    const half = (rgb: Uint8Array, keep: 0 | 255) => rgb.filter((_, i) => mask[i] === keep);
    assert.deepEqual(half(drawn, 0), half(init, 0));
    assert.notDeepEqual(half(drawn, 255), half(init, 255));
  });

  it('take noise from a file, and keep latents in one', async () => {
    const output = { ...tinyRequest().output, saveLatents: join(folder, 'out.safetensors') };
    const drawing = await pipelines.draw(tinyRequest({ output }));
    const { tensors } = await readSafetensors(output.saveLatents);
    assert.deepEqual(tensors.get('latents')!.shape, [1, 3, 64, 64]);
    assert.deepEqual(toFloat32(tensors.get('latents')!), drawing.latents);
    const again = tinyRequest({ seed: '999', output: { ...output, noise: output.saveLatents, saveLatents: null } });
    assert.deepEqual((await pipelines.draw(again)).rgb, drawing.rgb);
  });

  it('refuse what cannot be, in one line', async () => {
    await fails({ width: 128 }, 'bad-request', /draws 64x64 only, not 128x64/);
    await fails({ sampler: 'DDIM' }, 'bad-request', /DDIM/);
    await fails({ mask: { path: '/x.png' } }, 'bad-request', /a mask needs the picture/);
    await fails({ init: { path: join(folder, 'no.png') } }, 'bad-request', /no\.png/);
    await fails({ adapters: [{ id: 'x', path: '/x', weight: 1 }] }, 'bad-request', /\/x/);
    await fails({ output: { ...tinyRequest().output, noise: join(folder, 'no.safetensors') } }, 'bad-request', /no\.safetensors/);
    await fails({ model: { id: 'gone', path: join(folder, 'gone') } }, 'bad-model', /no model folder/);
  });

  for (const part of ['text_encoder/model.onnx', 'transformer/model.onnx']) {
    it(`name ${part} when it is damaged, and draw again once it is mended`, async () => {
      const path = join(folder, 'copy');
      await cp(TINY_ICON, path, { recursive: true });
      const whole = await readFile(join(path, part));
      await writeFile(join(path, part), whole.subarray(0, 1000));
      await fails({ model: { id: 'copy', path } }, 'bad-model', new RegExp(`${part}`));
      await writeFile(join(path, part), whole);
      assert.deepEqual(await pixels({ model: { id: 'copy', path } }), await pixels());
    });
  }

  it('name a part that belongs elsewhere', async () => {
    const path = join(folder, 'copy');
    await cp(TINY_ICON, path, { recursive: true });
    await cp(join(path, 'text_encoder/model.onnx'), join(path, 'transformer/model.onnx'));
    await fails({ model: { id: 'copy', path } }, 'bad-model', /transformer\/model\.onnx wants an input "input_ids"/);
  });
});
