import assert from 'node:assert/strict';
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readModel, renameValues, writeModel } from '../../onnx';
import { KeptValue, openSession } from '../../runtime';
import type { Scheduler } from '../schedulers';
import type { LinearStep } from '../schedulers/linear-step';
import { tinyRequest } from '../test-support/tiny-request';
import type { TextEncoding, TextPlan } from '../text';
import type { Denoiser, DenoiserSettings } from './denoiser';
import { DeviceSteps, type DevicePicture } from './device-steps';
import type { GuidanceSettings } from './guidance';
import type { GuidanceTexts } from './guided-prediction';
import { Pipelines, type PipelinesOptions } from './pipelines';
import type { StepFactors } from './step-graph';

const MODELS = join(__dirname, '../../../test/fixtures/models');

describe('steps on a device', () => {
  const SETTINGS: DenoiserSettings = { shape: { channels: 1, height: 1, width: 2 }, size: { width: 2, height: 1 }, guidanceScale: 3 };
  const START = Float32Array.of(2, 4);
  const plan = (name: string): TextPlan => ({ at: (call) => ({ hidden: `${name} ${call}` }) as unknown as TextEncoding, notes: [], emphasis: null });
  const request: GuidanceSettings = { negativePrompt: '', guidanceScale: 3, guidanceRescale: 0, guidanceInterval: [0, 1], perpendicularNegative: 0, dynamicThresholding: 0 };
  const sum = (n: number): LinearStep => ({ next: [n, 1], after: [n, 2], original: [n, 3] });
  /** Walks its calls 1 to 3, with latents halved on the way into the network. */
  const scheduler = { begin: 1, timesteps: [900, 600, 300, 0], scaleModelInput: (latents: Float32Array) => latents.map((value) => value / 2) } as unknown as Scheduler;

  /** A denoiser that notes its calls, and what of it was freed. */
  const device = (refuses: (encodings: readonly TextEncoding[]) => boolean = () => false) => {
    const calls: { latents: Float32Array | KeptValue; timestep: number; texts: unknown[]; factors: StepFactors; shows: boolean; freed: number[] }[] = [];
    const freed: number[] = [];
    const step: Denoiser['step'] = async (latents, timestep, encodings, settings, factors, shows) => {
      assert.equal(settings, SETTINGS);
      const place = calls.push({ latents, timestep, texts: encodings.map(({ hidden }) => hidden), factors, shows, freed: [...freed] }) - 1;
      const next = new KeptValue({ location: 'gpu-buffer', dispose: () => void freed.push(place) } as never);
      return { next, magnitude: Float32Array.of(place), shown: shows ? Float32Array.of(10 * place) : undefined };
    };
    return { calls, freed, denoiser: { guidesItself: false, takesSteps: (encodings: readonly TextEncoding[]) => !refuses(encodings), step } as unknown as Denoiser };
  };
  const texts = { prompt: plan('cat'), negative: plan('dog') };
  const picture = (changes: Partial<DevicePicture> = {}): DevicePicture => ({ denoiser: device().denoiser, scheduler, texts, request, settings: SETTINGS, sums: [sum(1), sum(2), sum(3)], ...changes });

  it('are none where a step is no plain sum of latents and answers, or where the graph takes none', () => {
    assert.ok(DeviceSteps.for(picture(), START));
    const others: Partial<DevicePicture>[] = [
      { request: { ...request, guidanceRescale: 0.5 } }, { request: { ...request, dynamicThresholding: 0.9 } }, { request: { ...request, guidanceInterval: [0, 0.5] } },
      { texts: { ...texts, empty: plan('') } }, { settings: { ...SETTINGS, extraChannels: new Float32Array(2) } }, { sums: [sum(1), null, sum(3)] },
      { denoiser: device((encodings) => encodings.some(({ hidden }) => hidden as unknown === 'dog 2')).denoiser },
    ];
    for (const [i, changes] of others.entries()) assert.equal(DeviceSteps.for(picture(changes), START), null, `${i}`);
  });

  it('take the first latents as the scheduler scales them, then what the step before left, which is freed behind it', async () => {
    const { calls, freed, denoiser } = device();
    const steps = DeviceSteps.for(picture({ denoiser }), START)!;
    const given = [await steps.take(1, false), await steps.take(2, true), await steps.take(3, false)];
    assert.deepEqual(given, [{ magnitude: Float32Array.of(0), shown: undefined }, { magnitude: Float32Array.of(1), shown: Float32Array.of(10) }, { magnitude: Float32Array.of(2), shown: Float32Array.of(20) }]);
    assert.deepEqual(calls[0]!.latents, Float32Array.of(1, 2));
    assert.ok(calls.slice(1).every(({ latents }) => latents instanceof KeptValue));
    assert.deepEqual(calls.map(({ timestep, texts: asked, shows }) => [timestep, asked, shows]), [
      [600, ['cat 0', 'dog 0'], false], [300, ['cat 1', 'dog 1'], true], [0, ['cat 2', 'dog 2'], true],
    ]);
    assert.deepEqual(calls.map(({ factors }) => factors), [
      { next: [1, 1], shown: [1, 3], guidanceScale: 3 }, { next: [2, 1], shown: [2, 3], guidanceScale: 3 }, { next: [3, 1], shown: [3, 2], guidanceScale: 3 }, // the last shows the latents
    ]);
    assert.deepEqual([calls.map((call) => call.freed), freed], [[[], [], [0]], [0, 1]]);
    steps.dispose();
    steps.dispose();
    assert.deepEqual(freed, [0, 1, 2], 'each once');
  });

  it('ask about the prompt alone without guidance, and of a model that guides itself', async () => {
    for (const changes of [{ texts: { prompt: texts.prompt } }, { guidesItself: true }]) {
      const { calls, denoiser } = device();
      const { texts: own = texts, ...more } = changes as { texts?: GuidanceTexts };
      await DeviceSteps.for(picture({ denoiser: Object.assign(denoiser, more), texts: own }), START)!.take(1, false);
      assert.deepEqual(calls[0]!.texts, ['cat 0']);
    }
  });
});

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
