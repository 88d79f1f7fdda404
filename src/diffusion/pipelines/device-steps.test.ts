import assert from 'node:assert/strict';
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readModel, renameValues, writeModel } from '../../onnx';
import { openSession } from '../../runtime';
import { tinyRequest } from '../test-support/tiny-request';
import { Pipelines, type PipelinesOptions } from './pipelines';

const MODELS = join(__dirname, '../../../test/fixtures/models');

/** On the processor, whose memory is the device: what is shown is that the steps in the graph are the scheduler's. */
describe('steps in the graph', function () {
  this.timeout(120_000);
  const drawn = async (options: PipelinesOptions, request: ReturnType<typeof tinyRequest>) => {
    const wanted: string[][] = [];
    const pipelines = new Pipelines({
      threads: 1, ...options,
      open: async (part, file, given) => {
        const session = await openSession(file, given);
        if (part === 'unet' || part === 'transformer') {
          const keeping = session.runKeeping!.bind(session);
          session.runKeeping = (feeds, kept, rest) => (wanted.push([...rest]), keeping(feeds, kept, rest));
        }
        return session;
      },
    });
    const previews: Uint8Array[] = [];
    const shows = { onPreview: (rgb: () => Uint8Array) => void previews.push(rgb()), wantsPreview: () => wanted.length % 2 === 0 };
    const { latents, notes } = await pipelines.draw(request, shows).finally(() => pipelines.dispose());
    return { latents, notes, previews, wanted };
  };
  const distance = (a: ArrayLike<number>, b: ArrayLike<number>) => {
    let [difference, size] = [0, 0];
    for (let i = 0; i < a.length; i++) [difference, size] = [difference + (a[i]! - b[i]!) ** 2, size + b[i]! ** 2];
    return Math.sqrt(difference / size);
  };
  const sized = (name: string, changes: Parameters<typeof tinyRequest>[0] = {}) => tinyRequest({ model: { id: name, path: join(MODELS, name) }, steps: 5, ...changes });

  const CASES = {
    'the embedded kind': sized('tiny-icon'),
    'without guidance': sized('tiny-icon', { guidanceScale: 1 }),
    'SD 1.5 by Euler': sized('sd15', { sampler: 'Euler' }),
    'SD 1.5, from a word to the next': sized('sd15', { sampler: 'Euler', prompt: '[red:blue:0.5] (heart:1.3)' }),
    'SD 2 with v-prediction': sized('sd2-v', { sampler: 'Euler' }),
    SDXL: sized('sdxl', { sampler: 'Euler' }),
    'SD 3': sized('sd3'),
  };
  for (const [name, request] of Object.entries(CASES)) {
    it(`draw what steps outside draw: ${name}`, async () => {
      const [inside, outside] = [await drawn({ stepsInGraph: true }, request), await drawn({}, request)];
      assert.deepEqual([inside.wanted.length, outside.wanted.length], [5, 0]);
      const error = distance(inside.latents, outside.latents);
      assert.ok(error < 1e-4, `relative error ${error}`);
      // The step that nobody watched brought back its one number, the last one the latents.
      assert.deepEqual(inside.wanted.map(({ length }) => length), [2, 1, 2, 1, 2]);
      assert.equal(inside.previews.length, 3);
      assert.ok(distance(inside.previews[0]!, outside.previews[0]!) < 0.02);
    });
  }

  it('are outside where the graph cannot take them, and the drawing says why', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'easel-step-'));
    try {
      await cp(join(MODELS, 'tiny-icon'), folder, { recursive: true });
      const file = join(folder, 'transformer/model.onnx');
      const model = await readModel(file);
      await writeModel(renameValues(model, new Map([[model.graph.outputs[0]!.name, 'easel_next']])), `${file}.new`);
      await rename(`${file}.new`, file);
      const request = tinyRequest({ model: { id: 'odd', path: folder }, steps: 2 });
      const inside = await drawn({ stepsInGraph: true }, request);
      assert.deepEqual(inside.wanted, []);
      assert.match(inside.notes.join(), /^latents left the device at every step, because .*easel_next/);
      assert.deepEqual((await drawn({}, request)).notes, []);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('are left to the scheduler where they are no plain sum', async () => {
    const others = [sized('sd15', { sampler: 'Euler a', steps: 2 }), sized('sd15', { sampler: 'Euler', steps: 2, guidanceRescale: 0.5 })];
    for (const request of others) {
      const [inside, outside] = [await drawn({ stepsInGraph: true }, request), await drawn({}, request)];
      assert.deepEqual(inside.wanted, [], `${request.sampler}`);
      assert.ok(distance(inside.latents, outside.latents) < 1e-5);
    }
  });
});
