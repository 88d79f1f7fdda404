import assert from 'node:assert/strict';
import { KeptValue, tensor, type Tensor } from '../../runtime';
import { fakeSession, type Declared, type FakeSession, type Feeds } from '../test-support/fake-session';
import type { TextEncoding } from '../text';
import { Denoiser, type DenoiserSettings, type Question } from './denoiser';
import { packPatches } from './patches';
import { MAGNITUDE_OUTPUT, NEXT_OUTPUT, SHOWN_OUTPUT, STEP_INPUT } from './step-graph';

const SETTINGS: DenoiserSettings = { shape: { channels: 2, height: 2, width: 4 }, size: { width: 32, height: 16 }, guidanceScale: 5 };
const COUNT = 16;
const UNET: Declared = { sample: ['float32', ['b', 2, 'h', 'w']], timestep: ['int64', ['b']], encoder_hidden_states: ['float32', ['b', 's', 3]] };

const latentsOf = (from: number, count = COUNT) => Float32Array.from({ length: count }, (_, i) => from + i);
/** A text that is one number. */
const text = (value: number, tokens = 2, more: Partial<TextEncoding> = {}): TextEncoding => ({ hidden: new Float32Array(tokens * 3).fill(value), tokens, width: 3, pooled: null, attentionBias: null, ...more });
/** What the fake network says: its latents and a hundred times its text, row by row. */
const said = (latents: Float32Array, value: number) => [...latents.map((x) => x + 100 * value)];
const answered = ({ sample, encoder_hidden_states: states }: Feeds): Tensor & { data: Float32Array } => {
  const rows = sample!.dims[0]!;
  const [own, texts] = [sample!.data as Float32Array, states!.data as Float32Array];
  return tensor(own.map((x, i) => x + 100 * texts[Math.floor((i * rows) / own.length) * (texts.length / rows)]!), sample!.dims);
};
const rowsOf = ({ calls }: FakeSession) => calls.splice(0).map(({ sample }) => sample!.dims[0]);
const unet = (session: FakeSession, ...more: [halvings?: number, channels?: number]) => new Denoiser(session, 'unet', false, undefined, ...more);
const lists = (answers: readonly Float32Array[]) => answers.map((answer) => [...answer]);
const refused = (work: () => unknown, code: string, message: string) => assert.rejects(async () => work(), { name: 'DiffusionError', code, message });

describe('a denoiser', () => {
  it('is asked about all texts in one batch, each with the latents', async () => {
    const session = fakeSession(UNET, answered);
    const answers = await unet(session).predict(latentsOf(1), 812.5, [text(1), text(2)], SETTINGS);
    assert.deepEqual(session.calls, [{
      sample: tensor(Float32Array.of(...latentsOf(1), ...latentsOf(1)), [2, 2, 2, 4]),
      timestep: { dtype: 'int64', dims: [2], data: BigInt64Array.of(812n, 812n) },
      encoder_hidden_states: tensor(Float32Array.of(1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2), [2, 2, 3]),
    }]);
    assert.deepEqual(lists(answers), [said(latentsOf(1), 1), said(latentsOf(1), 2)]);
  });

  it('takes latents by whichever name, in float32 whatever it computes in', async () => {
    for (const name of ['sample', 'hidden_states', 'latent_model_input', 'latents']) {
      const session = fakeSession({ [name]: ['float16', ['b', 2, 'h', 'w']] }, (feeds) => feeds[name]!);
      assert.deepEqual(lists(await unet(session).predict(latentsOf(3), 1, [text(0)], SETTINGS)), [[...latentsOf(3)]]);
      assert.equal(session.calls[0]![name]!.dtype, 'float32');
    }
  });

  const soft = { count: 1, at: () => new Float32Array(3), bias: new Float32Array(1) };
  const UNEVEN = { 'of other lengths': text(2, 3), 'with soft tokens of their own': text(2, 2, { soft }) };
  for (const [kind, other] of Object.entries(UNEVEN)) {
    it(`is asked about texts ${kind} one by one`, async () => {
      const session = fakeSession(UNET, answered);
      const answers = await unet(session).predict(latentsOf(1), 1, [text(1), other], SETTINGS);
      assert.deepEqual(rowsOf(session), [1, 1]);
      assert.deepEqual(lists(answers), [said(latentsOf(1), 1), said(latentsOf(1), 2)]);
    });
  }

  it('is asked about texts that share their soft tokens at once, and about the tokens at every time', async () => {
    const banks = { count: 2, at: (time: number) => new Float32Array(6).fill(time), bias: Float32Array.of(-1, -2) };
    const session = fakeSession({ ...UNET, soft_tokens: ['float32', [1, 'n', 3]], soft_token_bias: ['float32', ['n']] }, answered);
    const denoiser = unet(session);
    const texts = [text(1, 2, { soft: banks }), text(2, 2, { soft: banks })];
    for (const time of [900, 300]) await denoiser.predict(latentsOf(1), time, texts, SETTINGS);
    assert.deepEqual(session.calls.map(({ soft_tokens }) => soft_tokens), [900, 300].map((time) => tensor(new Float32Array(6).fill(time), [1, 2, 3])));
    assert.deepEqual(session.calls[1]!['soft_token_bias'], tensor(Float32Array.of(-1, -2), [2]));
    assert.deepEqual(rowsOf(session), [2, 2]);
  });

  it('exported for one row is asked one by one, for two draws a lone picture twice', async () => {
    const asked = async (fixed: number, count: number) => {
      const session = fakeSession({ ...UNET, sample: ['float32', [fixed, 2, 'h', 'w']] }, answered);
      const texts = Array.from({ length: count }, (_, i) => text(i + 1));
      assert.deepEqual(lists(await unet(session).predict(latentsOf(1), 1, texts, SETTINGS)), texts.map((_, i) => said(latentsOf(1), i + 1)));
      return session.calls.map(({ encoder_hidden_states: states }) => [...states!.data as Float32Array].filter((_, i) => i % 6 === 0));
    };
    assert.deepEqual(await asked(1, 2), [[1], [2]]);
    assert.deepEqual(await asked(2, 1), [[1, 1]]);
    assert.deepEqual(await asked(2, 2), [[1, 2]]);
    assert.deepEqual(await asked(2, 3), [[1, 1], [2, 2], [3, 3]]);
  });

  it('is fed once what lasts, over all steps of a picture, and has one tensor for the latents of all', async () => {
    const fed: Feeds[] = [];
    const denoiser = unet(fakeSession(UNET, (feeds) => (fed.push({ ...feeds }), answered(feeds))));
    const texts = [text(1), text(2)];
    const answers = [await denoiser.predict(latentsOf(1), 900, texts, SETTINGS), await denoiser.predict(latentsOf(7), 300, [...texts], SETTINGS)];
    assert.deepEqual(lists(answers[1]!), [said(latentsOf(7), 1), said(latentsOf(7), 2)]);
    assert.deepEqual(lists(answers[0]!), [said(latentsOf(1), 1), said(latentsOf(1), 2)], 'answers are not written over');
    const others = [text(3), texts[1]!];
    for (const settings of [SETTINGS, { ...SETTINGS }]) await denoiser.predict(latentsOf(1), 900, others, settings);
    const same = (name: string) => fed.slice(1).map((feeds, i) => feeds[name] === fed[i]![name]);
    assert.deepEqual([same('encoder_hidden_states'), same('timestep'), same('sample')], [[true, false, false], [false, false, false], [true, true, true]]);
    assert.deepEqual([...fed[3]!['encoder_hidden_states']!.data as Float32Array].filter((_, i) => i % 6 === 0), [3, 2]);
  });

  it('has one tensor for a time in floats too, as long as the rows are the same', async () => {
    const fed: Tensor[] = [];
    const session = fakeSession({ ...UNET, timestep: ['float32', ['b']] }, (feeds) => (fed.push(feeds['timestep']!), answered(feeds)));
    const denoiser = unet(session);
    const texts = [text(1), text(2)];
    for (const time of [900, 300.5]) await denoiser.predict(latentsOf(1), time, texts, SETTINGS);
    await denoiser.predict(latentsOf(1), 100, [texts[0]!], SETTINGS);
    assert.deepEqual([fed[1] === fed[0], fed[2] === fed[0]], [true, false]);
    assert.deepEqual(session.calls.map(({ timestep }) => [...timestep!.data as Float32Array]), [[900, 900], [300.5, 300.5], [100]]);
  });

  it('has mask and masked picture behind the latents of every row', async () => {
    const session = fakeSession({ ...UNET, sample: ['float32', ['b', 3, 'h', 'w']] }, (feeds) => ({ ...answered(feeds), data: new Float32Array(2 * COUNT) }));
    const extraChannels = new Float32Array(8).fill(-1);
    await unet(session).predict(latentsOf(1), 1, [text(1), text(2)], { ...SETTINGS, extraChannels });
    assert.deepEqual(session.calls[0]!['sample'], tensor(Float32Array.of(...latentsOf(1), ...extraChannels, ...latentsOf(1), ...extraChannels), [2, 3, 2, 4]));
  });

  it('of Flux takes and gives patches, and time from 0 to 1', async () => {
    const session = fakeSession({ hidden_states: ['float32', ['b', 2, 8]], timestep: ['float32', ['b']] }, ({ hidden_states: rows }) => rows!);
    const denoiser = new Denoiser(session, 'transformer', true);
    assert.deepEqual(lists(await denoiser.predict(latentsOf(1), 250, [text(1)], SETTINGS)), [[...latentsOf(1)]]);
    assert.deepEqual(session.calls, [{ hidden_states: tensor(packPatches(latentsOf(1), SETTINGS.shape), [1, 2, 8]), timestep: tensor(Float32Array.of(0.25), [1]) }]);
    assert.deepEqual([denoiser.guidesItself, denoiser.inputChannels], [true, undefined]);
  });

  it('tells what its graph says of itself', () => {
    const of = (changes: Declared, channels?: number) => unet(fakeSession({ ...UNET, ...changes }, answered), 3, channels);
    const told = ({ guidesItself, wholeTimesteps, textWidth, inputChannels }: Denoiser) => [guidesItself, wholeTimesteps, textWidth, inputChannels];
    assert.deepEqual(told(of({})), [false, true, 3, 2]);
    assert.deepEqual(told(of({ timestep: ['float32', []], encoder_hidden_states: ['float32', ['b', 's', 'd']], sample: ['float32', ['b', 'c', 'h', 'w']] })), [false, false, undefined, undefined]);
    assert.deepEqual(told(of({ sample: ['float32', ['b', 'c', 'h', 'w']], timestep_cond: ['float32', ['b', 4]] }, 9)), [true, true, 3, 9]);
    assert.equal(of({ guidance: ['float32', ['b']] }).guidesItself, true);
  });
});

describe('a denoiser that cannot be', () => {
  it('is told by the input that nobody feeds, whatever its name', async () => {
    for (const name of ['input_ids', 'constructor', 'toString']) {
      const session = fakeSession({ ...UNET, [name]: ['float32', []] }, answered);
      await refused(() => unet(session), 'bad-model', `/nowhere/model.onnx wants an input "${name}" that Easel does not know how to feed; use a standard export of this model`);
    }
  });

  it('is one after all where no answer hangs on that input: it is fed zeros', async () => {
    const session = fakeSession({ ...UNET, 'onnx::Concat_4': ['int64', ['b', 2]] }, answered);
    await new Denoiser(session, 'unet', false, new Set(['onnx::Concat_4'])).predict(latentsOf(1), 1, [text(1)], SETTINGS);
    assert.deepEqual(session.calls[0]!['onnx::Concat_4'], { dtype: 'int64', dims: [1, 2], data: new BigInt64Array(2) });
  });

  it('takes no latents, or answers nothing', async () => {
    const { sample: _, ...without } = UNET;
    for (const session of [fakeSession(without, answered), fakeSession(UNET, answered, [])]) {
      await refused(() => unet(session), 'bad-model', '/nowhere/model.onnx has no latents input (sample or hidden_states); is it a unet?');
    }
  });

  it('takes other channels than there are', async () => {
    const session = fakeSession({ ...UNET, sample: ['float32', ['b', 9, 'h', 'w']] }, answered);
    await refused(() => unet(session).predict(latentsOf(1), 1, [text(1)], SETTINGS), 'bad-model', 'unet takes 9 channels and its autoencoder has 2; a part is from another model, or this is an inpainting model drawn without Init: and Mask:');
  });

  const ANSWERS: Record<string, [Tensor | undefined, string]> = {
    'of another size': [tensor(new Float32Array(8), [1, 2, 2, 2]), 'float32 [1, 2, 2, 2]'],
    'for other rows': [tensor(new Float32Array(2 * COUNT), [2, 2, 2, 4]), 'float32 [2, 2, 2, 4]'],
    'in whole numbers': [{ dtype: 'int64', dims: [1, 2, 2, 4], data: new BigInt64Array(COUNT) }, 'int64 [1, 2, 2, 4]'],
    'that is none': [undefined, 'nothing []'],
  };
  for (const [kind, [answer, shown]] of Object.entries(ANSWERS)) {
    it(`gives an answer ${kind}`, async () => {
      const session = fakeSession(UNET, () => answer!);
      await refused(() => unet(session).predict(latentsOf(1), 1, [text(1)], SETTINGS), 'bad-model', `unet answered ${shown} for float32 latents of [1, 2, 2, 4]; its parts do not belong together`);
    });
  }
});

describe('sizes that a denoiser does not take', () => {
  it('are told before it is asked, where the graph fixes its own', async () => {
    const fixed = (height: number | string, width: number | string, packs = false) => new Denoiser(fakeSession({ ...UNET, sample: ['float32', ['b', 2, height, width]] }, answered), 'unet', packs);
    const { shape, size } = SETTINGS;
    fixed(2, 4).mustTake(shape, size);
    fixed('h', 'w').mustTake(shape, size);
    fixed(64, 64, true).mustTake(shape, size); // a sequence, whose axes are no sides
    await refused(() => fixed(64, 64).mustTake(shape, size), 'bad-request', 'this model draws 512x512 only, not 32x16; leave size: out or correct it');
    await refused(() => fixed('h', 8).mustTake(shape, size), 'bad-request', 'this model draws 64xany only, not 32x16; leave size: out or correct it');
  });

  const failing = () => fakeSession(UNET, () => {
    throw new Error('shapes do not match');
  });
  const shaped = (width: number, height: number): DenoiserSettings => ({ ...SETTINGS, shape: { channels: 2, height, width }, size: { width: 8 * width, height: 8 * height } });
  const asked = (denoiser: Denoiser, settings: DenoiserSettings) => denoiser.predict(new Float32Array(2 * settings.shape.width * settings.shape.height), 1, [text(1)], settings);

  it('are told by the nearest that a UNet can halve, where it failed', async () => {
    for (const [width, height, told] of [[9, 5, '72x40; set size: 80x48'], [9, 8, '72x64; set size: 80x64'], [8, 5, '64x40; set size: 64x48']] as const) {
      await refused(() => asked(unet(failing(), 1), shaped(width, height)), 'bad-request', `this UNet was exported for sides that it can halve, multiples of 16, not ${told}`);
    }
    await refused(() => asked(unet(failing()), shaped(9, 3)), 'bad-request', 'this UNet was exported for sides that it can halve, multiples of 64, not 72x24; set size: 64x64');
  });

  it('are not blamed for what fails at sides that halve', async () => {
    await assert.rejects(asked(unet(failing()), shaped(16, 8)), { name: 'Error', message: 'shapes do not match' });
  });

  it('may be why a transformer failed', async () => {
    await refused(() => asked(new Denoiser(failing(), 'transformer', false), shaped(16, 8)), 'failed',
      "shapes do not match; if it draws at the model's own size, it was exported for that alone: set no size:, or export it with symbolic sides");
  });
});

describe('a denoiser of several pictures', () => {
  /** Pictures of the same two texts. */
  const questions = (count: number, texts = [text(1), text(2)], values = COUNT): Question[] => Array.from({ length: count }, (_, i) => ({ latents: latentsOf(10 * i, values), encodings: texts }));
  /** Asks, and sees that each picture has the answers that it has alone. */
  const ask = async (denoiser: Denoiser, pictures: readonly Question[], settings = SETTINGS) => {
    const answers = await denoiser.predictTogether(pictures, 1, settings);
    assert.deepEqual(answers.map(lists), pictures.map(({ latents, encodings }) => encodings.map(({ hidden }) => said(latents, hidden[0]!))));
  };

  it('is asked in one batch once that is known to give each its own bytes, which is tried for every number and size', async () => {
    const session = fakeSession(UNET, answered);
    const denoiser = unet(session);
    await ask(denoiser, questions(2));
    assert.deepEqual(rowsOf(session), [2, 2, 4]);
    await ask(denoiser, questions(2));
    assert.deepEqual(session.calls[0]!['sample'], tensor(Float32Array.of(...latentsOf(0), ...latentsOf(0), ...latentsOf(10), ...latentsOf(10)), [4, 2, 2, 4]));
    assert.deepEqual(rowsOf(session), [4]);
    await ask(denoiser, questions(3));
    assert.deepEqual(rowsOf(session), [2, 2, 2, 6]);
    await ask(denoiser, questions(2, [text(1, 5), text(2, 5)]));
    assert.deepEqual(rowsOf(session), [2, 2, 4], 'other texts');
    for (const [height, width] of [[4, 4], [2, 8], [4, 2]] as const) {
      await ask(denoiser, questions(2, undefined, 2 * height * width), { ...SETTINGS, shape: { channels: 2, height, width } });
      assert.deepEqual(rowsOf(session), [2, 2, 4], `another size: ${width}x${height}`);
    }
    await ask(denoiser, questions(2));
    assert.deepEqual(rowsOf(session), [4], 'which are not forgotten');
  });

  const OTHERS: Record<string, (answer: Float32Array) => void> = {
    'other bytes': (answer) => void (answer[37] = answer[37]! * (1 + 2 ** -23)),
    'a zero of another sign': (answer) => void (answer[0] = -answer[0]!),
    'no answer, for want of memory': () => {
      throw new Error('out of memory');
    },
  };
  for (const [kind, change] of Object.entries(OTHERS)) {
    it(`is asked about each alone where a batch gives ${kind}`, async () => {
      const session = fakeSession(UNET, (feeds) => {
        const answer = answered(feeds);
        if (feeds['sample']!.dims[0]! > 2) change(answer.data);
        return answer;
      });
      const denoiser = unet(session);
      const pictures = questions(2, [text(0), text(2)]); // its first value is 0
      await ask(denoiser, pictures);
      assert.deepEqual(rowsOf(session), [2, 2, 4]);
      await ask(denoiser, pictures);
      assert.deepEqual(rowsOf(session), [2, 2]);
    });
  }

  it('is never asked in a batch that its graph or the texts do not allow', async () => {
    const one = fakeSession({ ...UNET, sample: ['float32', [1, 2, 'h', 'w']] }, answered);
    await ask(unet(one), questions(2));
    assert.deepEqual(rowsOf(one), [1, 1, 1, 1]);
    const any = fakeSession(UNET, answered);
    await ask(unet(any), [...questions(1), { latents: latentsOf(5), encodings: [text(1, 4), text(2, 4)] }]);
    assert.deepEqual(rowsOf(any), [2, 2]);
    await ask(unet(any), questions(1));
    assert.deepEqual(rowsOf(any), [2], 'nor tried for one picture');
  });

  it('fails where a picture alone does', async () => {
    const session = fakeSession(UNET, () => {
      throw new Error('no');
    });
    await assert.rejects(unet(session, 0).predictTogether(questions(2), 1, SETTINGS), { message: 'no' });
  });
});

describe('a denoiser with its step', () => {
  const STEPPING: Declared = { ...UNET, [STEP_INPUT]: ['float32', [5]] };
  const factors = { next: [1, 2], shown: [3, 4], guidanceScale: 5 } as const;

  it('is fed the first latents as rows, then what the step before kept, and gives what is wanted', async () => {
    const session = fakeSession(STEPPING, answered);
    const asked: [Readonly<Record<string, unknown>>, string, readonly string[]][] = [];
    const kept = [0, 1].map(() => new KeptValue({ dims: [] } as never));
    session.runKeeping = async (feeds, keeps, wanted) => {
      asked.push([{ ...feeds }, keeps, wanted]);
      return { results: Object.fromEntries(wanted.map((name, i) => [name, tensor(Float32Array.of(i), [1])])), kept: kept[asked.length - 1]! };
    };
    const denoiser = unet(session);
    const texts = [text(1), text(2)];
    assert.deepEqual([denoiser.takesSteps(texts), denoiser.takesSteps([text(1), text(2, 3)])], [true, false]);
    const first = await denoiser.step(latentsOf(1), 900, texts, SETTINGS, factors, false);
    const second = await denoiser.step(first.next, 300, texts, SETTINGS, factors, true);
    assert.deepEqual([first, second], [{ next: kept[0], magnitude: Float32Array.of(0), shown: undefined }, { next: kept[1], magnitude: Float32Array.of(0), shown: Float32Array.of(1) }]);
    assert.deepEqual(asked.map(([, ...rest]) => rest), [[NEXT_OUTPUT, [MAGNITUDE_OUTPUT]], [NEXT_OUTPUT, [MAGNITUDE_OUTPUT, SHOWN_OUTPUT]]]);
    assert.deepEqual([(asked[0]![0]['sample'] as Tensor).dims, asked[1]![0]['sample']], [[2, 2, 2, 4], kept[0]]);
    assert.deepEqual(asked.map(([feeds]) => feeds[STEP_INPUT]), [0, 1].map(() => tensor(Float32Array.of(1, 2, 3, 4, 5), [5])));
    assert.equal(asked[0]![0]['encoder_hidden_states'], asked[1]![0]['encoder_hidden_states'], 'what lasts is fed once');
  });

  it('takes none where its graph or its session has no room for one, and can be asked without', async () => {
    const keeps = (session: FakeSession) => Object.assign(session, { runKeeping: () => assert.fail() });
    assert.equal(unet(keeps(fakeSession(UNET, answered))).takesSteps([text(1)]), false);
    const session = fakeSession(STEPPING, answered);
    assert.equal(unet(session).takesSteps([text(1)]), false);
    assert.deepEqual(lists(await unet(session).predict(latentsOf(1), 1, [text(1)], SETTINGS)), [said(latentsOf(1), 1)]);
    assert.deepEqual(session.calls[0]![STEP_INPUT], tensor(new Float32Array(5), [5]));
  });
});
