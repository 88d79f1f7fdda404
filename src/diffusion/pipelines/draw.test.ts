import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from '../../image';
import { readModelFolder, type ModelFolder } from '../../models';
import { readSafetensors, toFloat32 } from '../../onnx/safetensors';
import { KeptValue, tensor, type Session, type Tensor } from '../../runtime';
import { createNoise } from '../noise';
import { fakeSession, type Declared, type FakeSession, type Feeds } from '../test-support/fake-session';
import { near } from '../test-support/near';
import { TINY_ICON, tinyRequest } from '../test-support/tiny-request';
import { draw, drawTogether, type DrawHooks } from './draw';
import { LoadedModel, type LoadOptions } from './loaded-model';
import { planesToRgb, rgbToPlanes } from './planes';
import { STEP_INPUT } from './step-graph';

const COUNT = 3 * 64 * 64;
const STEPS = 4; // tinyRequest's
const NETWORK: Declared = { hidden_states: ['float32', ['b', 3, 64, 64]], timestep: ['float32', ['b']], encoder_hidden_states: ['float32', ['b', 's', 2]] };
const noiseOf = (seed: string) => createNoise('torch', seed).randn(COUNT);
const refusal = (code: string, message: string | RegExp) => ({ name: 'DiffusionError', code, message });

/** Each row's text, as one number. */
const textsOf = ({ encoder_hidden_states: states }: Feeds) => Array.from({ length: states!.dims[0]! }, (_, row) => (states!.data as Float32Array)[(row * states!.data.length) / states!.dims[0]!]!);
/** A network whose velocity is `value` everywhere; by row and call, from 0. */
function network(value: (row: number, call: number, texts: readonly number[]) => number = () => 0, more: Declared = {}): FakeSession {
  const session: FakeSession = fakeSession({ ...NETWORK, ...more }, (feeds): Tensor => {
    const { dims } = feeds['hidden_states']!;
    const texts = textsOf(feeds);
    const answer = new Float32Array(dims[0]! * COUNT);
    for (let row = 0; row < dims[0]!; row++) answer.fill(value(row, session.calls.length - 1, texts), row * COUNT, (row + 1) * COUNT);
    return tensor(answer, dims);
  });
  return session;
}
/** An encoder that makes a text of its ids: one number everywhere. */
const encoder = (of: (ids: readonly number[]) => number = (ids) => ids.reduce((sum, id, i) => sum + id * (i + 1), 0) / 1e4) =>
  fakeSession({ input_ids: ['int64', ['b', 32]] }, ({ input_ids: ids }) => tensor(new Float32Array(64).fill(of(Array.from(ids!.data as BigInt64Array, Number))), [1, 32, 2]), ['last_hidden_state']);

describe('the way to a picture', () => {
  let folder: ModelFolder;
  before(async () => (folder = await readModelFolder(TINY_ICON)));

  const fails = (drawing: Promise<unknown>, message: RegExp) => assert.rejects(drawing, refusal('numeric', message));
  /** The tiny model's folder around other graphs. */
  const model = (transformer: Session, text: Session = encoder(), options: Partial<LoadOptions> = {}) =>
    new LoadedModel(folder, { memoryTier: 'keep-all', open: async (part) => (part === 'transformer' ? transformer : text), ...options });

  it('starts at the noise of the seed and takes away what the network says of both prompts', async () => {
    const session = network((row, _call, texts) => texts[row]!);
    const drawing = await draw(model(session), tinyRequest({ guidanceScale: 3, negativePrompt: 'blue' }), {});
    const [cat, dog] = textsOf(session.calls[0]!) as [number, number];
    assert.notEqual(cat, dog);
    near(drawing.latents, noiseOf('42').map((value) => value - (dog + 3 * (cat - dog))), 1e-6);
    assert.deepEqual(drawing.rgb, planesToRgb(drawing.latents, 64, 64));
    assert.deepEqual([drawing.width, drawing.height, drawing.notes, drawing.emphasis], [64, 64, [], null]);
    assert.deepEqual(session.calls.map(({ hidden_states: rows }) => rows!.dims), session.calls.map(() => [2, 3, 64, 64]));
    assert.deepEqual(session.calls[0]!['hidden_states']!.data.slice(0, COUNT), noiseOf('42'));
  });

  it('tells every phase and every step, and shows what the network has in mind', async () => {
    const phases: string[] = [];
    const previews: [number, Uint8Array][] = [];
    await draw(model(network(() => 0.5)), tinyRequest(), {
      onPhase: ({ phase, step, steps }) => phases.push(`${phase} ${step}/${steps}`),
      onPreview: (rgb, width, height, step) => (assert.deepEqual([width, height], [64, 64]), previews.push([step, rgb()])),
    });
    assert.deepEqual(phases, ['loading 0/0', 'encoding 0/0', ...[0, 1, 2, 3].map((step) => `denoising ${step}/4`), 'decoding 0/0']);
    assert.deepEqual(previews.map(([step]) => step), [1, 2, 3, 4]);
    const mind = planesToRgb(noiseOf('42').map((value) => value - 0.5), 64, 64); // the same at every step: a straight way
    for (const [, rgb] of previews) assert.ok(rgb.every((byte, i) => Math.abs(byte - mind[i]!) <= 1));
  });

  it('counts the steps of a second-order sampler once', async () => {
    const steps: string[] = [];
    const session = network();
    await draw(model(session), tinyRequest({ sampler: 'Heun', steps: 3 }), { onPhase: ({ phase, step, steps: all }) => void (phase === 'denoising' && steps.push(`${step}/${all}`)) });
    assert.deepEqual([session.calls.length, steps], [5, ['0/3', '0/3', '1/3', '1/3', '2/3']]);
  });

  describe('ends where it is cancelled', () => {
    const cancelled = refusal('cancelled', 'the drawing was cancelled');
    /** Draws until `when` says so, and gives what was opened and how often the graphs were called by then. */
    const stopped = async (when: (phase: string, step: number) => boolean) => {
      const abort = new AbortController();
      const opened: string[] = [];
      const [session, text] = [network(), encoder()];
      const stopping = model(session, text, { open: async (part) => (opened.push(part), part === 'transformer' ? session : text) });
      await assert.rejects(draw(stopping, tinyRequest(), { signal: abort.signal, onPhase: ({ phase, step }) => void (when(phase, step) && abort.abort()) }), cancelled);
      return { opened, calls: [text.calls.length, session.calls.length] };
    };

    it('before anything is opened, read, asked or decoded', async () => {
      assert.deepEqual(await stopped((phase) => phase === 'loading'), { opened: [], calls: [0, 0] });
      const opened = ['text_encoder', 'transformer'];
      assert.deepEqual(await stopped((phase) => phase === 'encoding'), { opened, calls: [0, 0] });
      assert.deepEqual(await stopped((phase) => phase === 'denoising'), { opened, calls: [2, 0] });
      assert.deepEqual(await stopped((phase) => phase === 'decoding'), { opened, calls: [2, STEPS] });
    });

    it('between two steps, and leaves the next drawing as it was', async () => {
      assert.deepEqual((await stopped((_phase, step) => step === 2)).calls, [2, 2]);
      const [session, abort] = [network(), new AbortController()];
      const own = model(session);
      await assert.rejects(draw(own, tinyRequest(), { signal: abort.signal, onPhase: ({ step }) => void (step === 1 && abort.abort()) }), cancelled);
      assert.deepEqual((await draw(own, tinyRequest(), {})).latents, noiseOf('42'));
    });

    it('between two parts that are opened', async () => {
      const [abort, opened] = [new AbortController(), [] as string[]];
      const open: LoadOptions['open'] = async (part) => (opened.push(part), abort.abort(), encoder());
      await assert.rejects(draw(model(network(), encoder(), { open }), tinyRequest(), { signal: abort.signal }), cancelled);
      assert.deepEqual(opened, ['text_encoder']);
    });
  });

  describe('by the clock', () => {
    let clock: number;
    beforeEach(() => {
      clock = 0;
      performance.now = () => clock;
    });
    afterEach(() => void Reflect.deleteProperty(performance, 'now')); // the prototype's is left
    /** A network that takes 60 ms. */
    const slow = () => network(() => ((clock += 30), 0)); // a call has two rows

    it('lets messages in between steps, but not after ones that are shorter than it pays', async () => {
      const session = slow();
      const yielded: number[] = [];
      await draw(model(session), tinyRequest({ steps: 8 }), { yieldNow: async () => void yielded.push(session.calls.length) });
      assert.deepEqual(yielded, [2, 4, 6, 8]);
    });

    it('ends at a message that cancels it', async () => {
      const [session, abort] = [slow(), new AbortController()];
      await assert.rejects(draw(model(session), tinyRequest({ steps: 8 }), { signal: abort.signal, yieldNow: async () => abort.abort() }), { code: 'cancelled' });
      assert.equal(session.calls.length, 2);
    });

    it('tells how long each stage took, of pictures drawn together each its share', async () => {
      const text = encoder(() => ((clock += 5), 0));
      const timed = model(network((row) => ((clock += row === 0 ? 60 : 0), 0)), text);
      const phases: DrawHooks = { onPhase: ({ phase }) => void (phase === 'loading' && (clock += 7)) };
      assert.deepEqual((await draw(timed, tinyRequest({ prompt: 'one' }), phases)).timings, { load: 7, encode: 10, denoise: 4 * 60, decode: 0 });
      const pictures = await drawTogether(timed, [tinyRequest({ prompt: 'two' }), tinyRequest({ prompt: 'two' })], phases);
      // The first step is taken both ways, to be compared.
      for (const { timings } of pictures) assert.deepEqual(timings, { load: 3.5, encode: 2.5, denoise: ((3 + 3) * 60) / 2, decode: 0 });
    });
  });

  describe('stops at what is no number', () => {
    it('and names the step of the network', async () => {
      const session = network((_row, call) => (call === 1 ? NaN : 0));
      await fails(draw(model(session), tinyRequest(), {}), /^the denoiser at step 2 of 4 gave NaN \(value 0 of 12288\)/);
      assert.equal(session.calls.length, 2);
      const later = network((row, call) => (call === 4 && row === 1 ? Infinity : 0));
      await fails(draw(model(later), tinyRequest({ sampler: 'Heun', steps: 3 }), {}), /^the denoiser at step 3 of 3 gave -?(NaN|Infinity)/);
    });

    it('and names the text encoder', async () => {
      await fails(draw(model(network(), encoder(() => NaN)), tinyRequest(), {}), /^text_encoder \(output last_hidden_state\) gave NaN/);
    });

    describe('on a device', () => {
      /** A network that takes steps; how large it says its answer is, and what it shows. */
      const stepping = (magnitude: (call: number) => number, shown: number) => {
        const kept: { disposed: number }[] = [];
        const session = network(() => 0, { [STEP_INPUT]: ['float32', [5]] });
        session.runKeeping = async (_feeds, _keeps, wanted) => {
          const value = { disposed: 0 };
          const results = { easel_magnitude: tensor(Float32Array.of(magnitude(kept.push(value) - 1)), []), ...(wanted.length > 1 && { easel_shown: tensor(new Float32Array(COUNT).fill(shown), [1, 3, 64, 64]) }) };
          return { results, kept: new KeptValue({ location: 'gpu-buffer', dispose: () => void value.disposed++ } as never) };
        };
        return { kept, session };
      };
      const hooks = () => {
        const previews: number[] = [];
        return { previews, onPreview: (_rgb: unknown, _width: number, _height: number, step: number) => void previews.push(step), wantsPreview: () => previews.length < 1 };
      };

      it('by its one number, and by the latents that come back; nothing is left there', async () => {
        const cases = [
          { ...stepping((call) => (call === 1 ? NaN : 1), 0), message: /^the denoiser at step 2 of 4 gave NaN \(value 0 of 1\)/, calls: 2 },
          { ...stepping(() => 1, NaN), message: /^the FlowMatchEulerDiscreteScheduler after step 4 gave NaN \(value 0 of 12288\)/, calls: 4 },
        ];
        for (const { session, kept, message, calls } of cases) {
          await fails(draw(model(session), tinyRequest(), {}), message);
          assert.deepEqual(kept, Array.from({ length: calls }, () => ({ disposed: 1 })));
        }
      });

      it('and draws there what is finite: previews are brought back for whoever wants one, the latents at the end', async () => {
        const { session, kept } = stepping(() => 1, 0.25);
        const watching = hooks();
        const drawing = await draw(model(session), tinyRequest(), watching);
        assert.deepEqual(drawing.latents, new Float32Array(COUNT).fill(0.25));
        assert.deepEqual([watching.previews, session.calls.length], [[1, 4], 0]);
        assert.deepEqual(kept, Array.from({ length: STEPS }, () => ({ disposed: 1 })));
      });
    });
  });

  it('asks a model that guides itself about the prompt alone, and tells what does nothing there', async () => {
    const session = network(undefined, { guidance: ['float32', ['b']] });
    const note = 'this model guides itself: CFG interval, Perp-Neg and dynamic thresholding do nothing here';
    const own = model(session);
    assert.deepEqual((await draw(own, tinyRequest({ guidanceScale: 3 }), {})).notes, []);
    assert.deepEqual(session.calls.map(({ guidance, hidden_states: rows }) => [rows!.dims[0], guidance!.data]), Array.from({ length: STEPS }, () => [1, Float32Array.of(3)]));
    for (const asked of [{ guidanceInterval: [0, 0.5] as [number, number] }, { perpendicularNegative: 1 }, { dynamicThresholding: 0.9 }]) {
      assert.deepEqual((await draw(own, tinyRequest(asked), {})).notes, [note]);
    }
    assert.deepEqual((await draw(model(network()), tinyRequest({ dynamicThresholding: 0.9 }), {})).notes, []);
  });

  it('tells that fractional timesteps were rounded for a graph of whole ones, where there were any', async () => {
    const session = network(undefined, { timestep: ['int64', ['b']] });
    const own = model(session);
    assert.deepEqual((await draw(own, tinyRequest(), {})).notes, ['this graph takes whole timesteps only: fractional ones were rounded']);
    assert.deepEqual((await draw(own, tinyRequest({ steps: 1 }), {})).notes, []);
  });

  it('refuses a size that the graph was not exported for, before it is asked', async () => {
    const session = network();
    await assert.rejects(draw(model(session), tinyRequest({ width: 128 }), {}), refusal('bad-request', 'this model draws 64x64 only, not 128x64; leave size: out or correct it'));
    assert.equal(session.calls.length, 0);
  });

  it('lets what a text became be changed, once for all steps', async () => {
    const session = network();
    const changed = new Set<unknown>();
    await draw(model(session), tinyRequest(), { condition: (encoding) => (changed.add(encoding), { ...encoding, hidden: new Float32Array(64).fill(changed.size) }) });
    assert.equal(changed.size, 2); // prompt and negative prompt
    assert.deepEqual(session.calls.map(textsOf), Array.from({ length: STEPS }, () => [1, 2]));
  });

  it('has the text that holds at each step', async () => {
    const session = network();
    await draw(model(session), tinyRequest({ prompt: '[red:blue:0.5] heart', guidanceScale: 1 }), {});
    const [red, , , blue] = session.calls.map((feeds) => textsOf(feeds)[0]);
    assert.deepEqual(session.calls.map((feeds) => textsOf(feeds)[0]), [red, red, red, blue]); // A1111 counts calls from 0, and a text holds up to and with its number
    assert.notEqual(red, blue);
  });

  describe('that starts elsewhere', () => {
    let dir: string;
    before(async () => (dir = await mkdtemp(join(tmpdir(), 'easel-draw-'))));
    after(() => rm(dir, { recursive: true }));
    const rgb = Uint8Array.from({ length: COUNT }, (_, i) => (i * 7) % 256);
    const written = async (name: string, bytes: Uint8Array) => {
      await writeFile(join(dir, name), await encodePng(bytes, 64, 64));
      return { path: join(dir, name) };
    };

    it('goes on from a picture, as far from it as the strength says', async () => {
      const init = await written('init.png', rgb);
      const walked: number[] = [];
      for (const denoisingStrength of [0.25, 0.5, 1]) {
        const session = network();
        const { latents } = await draw(model(session), tinyRequest({ init, denoisingStrength }), {});
        const sigma = (session.calls[0]!['timestep']!.data[0] as number) / 1000;
        const [picture, noise] = [rgbToPlanes(rgb, 64, 64), noiseOf('42')];
        near(latents, picture.map((value, i) => (1 - sigma) * value + sigma * noise[i]!), 1e-6);
        walked.push(session.calls.length);
      }
      assert.deepEqual(walked, [1, 2, 4]);
    });

    it('keeps what a mask keeps, to the byte, whatever the network says', async () => {
      const init = await written('init.png', rgb);
      const anew = Uint8Array.from({ length: COUNT }, (_, i) => (Math.floor(i / 3) % 64 < 32 ? 0 : 255)); // the right half
      const mask = await written('mask.png', anew);
      const session = network((_row, call) => call - 1.5);
      const drawn = (await draw(model(session), tinyRequest({ init, mask, denoisingStrength: 0.8 }), {})).rgb;
      const half = (bytes: Uint8Array, value: 0 | 255) => bytes.filter((_, i) => anew[i] === value);
      assert.deepEqual(half(drawn, 0), half(rgb, 0));
      assert.notDeepEqual(half(drawn, 255), half(rgb, 255));
    });

    it('takes noise from a file, and keeps noise and latents in one', async () => {
      const { output } = tinyRequest();
      const [path, session] = [join(dir, 'out.safetensors'), network(() => 0.5)];
      const own = model(session);
      const { latents } = await draw(own, tinyRequest({ output: { ...output, saveLatents: path } }), {});
      const { tensors } = await readSafetensors(path);
      assert.deepEqual([toFloat32(tensors.get('noise')!), toFloat32(tensors.get('latents')!)], [noiseOf('42'), latents]);
      assert.deepEqual((await draw(own, tinyRequest({ seed: '999', output: { ...output, noise: path } }), {})).latents, latents);
    });
  });

  describe('of several pictures', () => {
    const requests = ['7', '8'].map((seed, index) => tinyRequest({ seed, index, prompt: ['red heart', 'a red heart on a blue circle, outline style'][index] }));

    it('gives each the noise of its own seed and its own text, notes and file; the first is shown', async () => {
      const dir = await mkdtemp(join(tmpdir(), 'easel-together-'));
      try {
        const session = network((row, _call, texts) => texts[row]!);
        const saved = requests.map((request, i) => ({ ...request, output: { ...request.output, saveLatents: join(dir, `${i}.safetensors`) } }));
        const previews: Uint8Array[] = [];
        const [first, second] = await drawTogether(model(session), saved, { onPreview: (rgb) => void previews.push(rgb()) }) as [Awaited<ReturnType<typeof draw>>, Awaited<ReturnType<typeof draw>>];
        assert.equal(Math.max(...session.calls.map(({ hidden_states: rows }) => rows!.dims[0]!)), 4, 'in one batch');
        const alone = model(network((row, _call, texts) => texts[row]!));
        for (const [i, drawing] of [first, second].entries()) {
          const { latents, notes } = await draw(alone, requests[i]!, {});
          assert.deepEqual([drawing.latents, drawing.notes, drawing.rgb], [latents, notes, planesToRgb(latents, 64, 64)]);
          const { tensors } = await readSafetensors(join(dir, `${i}.safetensors`));
          assert.deepEqual([toFloat32(tensors.get('noise')!), toFloat32(tensors.get('latents')!)], [noiseOf(requests[i]!.seed), latents]);
        }
        assert.equal(previews.length, STEPS);
        assert.deepEqual(previews.at(-1), first.rgb);
        assert.notDeepEqual(first.rgb, second.rgb);
        assert.deepEqual(first.notes, []);
        assert.match(second.notes.join(), /were left out/);
      } finally {
        await rm(dir, { recursive: true });
      }
    });

    it('fails as a whole where one does', async () => {
      const session = network((_row, call) => (call === 1 ? NaN : 0)); // the second picture's first
      await fails(drawTogether(model(session), requests, {}), /^the denoiser at step 1 of 4 gave NaN/);
    });
  });
});

describe('a drawing of a model', () => {
  let model: LoadedModel;
  before(async () => (model = new LoadedModel(await readModelFolder(TINY_ICON), { threads: 1, memoryTier: 'keep-all' })));
  after(() => model.dispose());

  const drawn = (changes: Parameters<typeof tinyRequest>[0] = {}) => draw(model, tinyRequest(changes), {});
  const pixels = async (changes: Parameters<typeof tinyRequest>[0] = {}) => (await drawn(changes)).rgb;

  const changes = {
    prompt: { prompt: 'blue star' }, 'negative prompt': { negativePrompt: 'blue' }, seed: { seed: '43' }, steps: { steps: 5 },
    'guidance scale': { guidanceScale: 4 }, 'guidance rescale': { guidanceRescale: 0.7 }, 'guidance interval': { guidanceInterval: [0.25, 0.75] as [number, number] },
    'perpendicular negative': { negativePrompt: 'blue', perpendicularNegative: 1 }, thresholding: { dynamicThresholding: 0.9 }, rng: { rng: 'philox' },
    weight: { prompt: '(red:1.5) heart' }, schedule: { prompt: '[red:blue:0.5] heart' }, sampler: { sampler: 'Heun' },
  } as const;
  for (const [name, change] of Object.entries(changes)) {
    it(`is another for another ${name}`, async () => assert.notDeepEqual(await pixels(change), await pixels()));
  }

  it('ignores the negative prompt where guidance is off', async () => {
    assert.deepEqual(await pixels({ guidanceScale: 1, negativePrompt: 'blue' }), await pixels({ guidanceScale: 1 }));
  });

  it('is guided nowhere in an empty interval, and everywhere in a whole one', async () => {
    assert.deepEqual(await pixels({ guidanceInterval: [0.5, 0.5] }), await pixels({ guidanceScale: 1 }));
    assert.deepEqual(await pixels({ guidanceInterval: [0, 1] }), await pixels());
  });

  it('has nothing perpendicular to an empty negative prompt', async () => {
    assert.deepEqual(await pixels({ perpendicularNegative: 2 }), await pixels());
  });

  it('names how weights acted, and reads markup as plain text when told to', async () => {
    const prompt = '(red:1.5) heart';
    const [weighted, plain] = [await drawn({ prompt }), await drawn({ prompt, promptSyntax: 'plain' })];
    assert.deepEqual([weighted.emphasis, plain.emphasis], ['tokens scaled; pooled vector moved', null]);
    assert.notDeepEqual(plain.rgb, weighted.rgb);
  });

  it('tells what of a long prompt was not read', async () => {
    const { notes } = await drawn({ prompt: 'a red heart on a blue circle, outline style' });
    assert.equal(notes.length, 1);
    assert.match(notes[0]!, /tokens and text_encoder reads 30: the last \d+ were left out/);
  });
});
