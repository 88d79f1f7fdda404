import assert from 'node:assert/strict';
import type { Scheduler } from '../schedulers';
import type { TextEncoding, TextPlan } from '../text';
import { combine } from '../schedulers/numeric';
import { GuidedPrediction, planTexts } from './guided-prediction';
import type { GuidanceSettings } from './guidance';

const OFF: GuidanceSettings & { prompt: string } = { prompt: 'cat', negativePrompt: 'dog', guidanceScale: 3, guidanceRescale: 0, guidanceInterval: [0, 1], perpendicularNegative: 0, dynamicThresholding: 0 };
const plan = (name: string): TextPlan => ({ at: () => ({ hidden: name }) as unknown as TextEncoding, notes: [], emphasis: null });
const names = (encodings: readonly TextEncoding[]) => encodings.map(({ hidden }) => hidden as unknown as string);
const texts = { prompt: plan('cat'), negative: plan('dog') };

/** With a scheduler that halves what the network sees. */
function prediction(request: GuidanceSettings, own: typeof texts & { empty?: TextPlan } = texts, guidesItself = false, { begin = 0, order = 1 } = {}): GuidedPrediction {
  const scheduler = { begin, order, timesteps: [900, 600, 300, 0], scaleModelInput: (latents: Float32Array) => latents.map((value) => value / 2) } as unknown as Scheduler;
  return new GuidedPrediction({ guidesItself }, scheduler, own, request, false);
}

describe('texts that guidance needs', () => {
  const planned = async (request: typeof OFF) => {
    const asked: string[] = [];
    await planTexts(request, async (text, role) => {
      asked.push(`${role}: ${text}`);
      return plan(text);
    });
    return asked;
  };

  it('are the prompt alone where it does not act', async () => assert.deepEqual(await planned({ ...OFF, guidanceScale: 1 }), ['prompt: cat']));

  it('are both prompts where it does, and an empty one under Perp-Neg', async () => {
    assert.deepEqual(await planned(OFF), ['prompt: cat', 'negative prompt: dog']);
    assert.deepEqual(await planned({ ...OFF, perpendicularNegative: 1 }), ['prompt: cat', 'negative prompt: dog', 'negative prompt: ']);
    assert.deepEqual(await planned({ ...OFF, perpendicularNegative: 1, negativePrompt: '' }), ['prompt: cat', 'negative prompt: ']);
  });
});

describe('guided prediction', () => {
  const latents = Float32Array.of(4, -2);
  const asked = (own: GuidedPrediction, calls: readonly number[]) => calls.map((i) => names(own.question(latents, i).encodings));

  it('asks about the texts that act at a step, with latents as the scheduler scales them', () => {
    const within = prediction({ ...OFF, guidanceInterval: [0.25, 0.75] });
    assert.deepEqual(asked(within, [0, 1, 2, 3]), [['cat'], ['cat', 'dog'], ['cat', 'dog'], ['cat']]);
    assert.deepEqual([...within.question(latents, 0).latents], [2, -1]);
    assert.deepEqual(asked(prediction(OFF, { ...texts, empty: plan('') }), [0]), [['cat', '', 'dog']]);
    assert.deepEqual(asked(prediction(OFF, texts, true), [0]), [['cat']]);
  });

  it('counts the calls of its texts from where the walk begins, and the steps of guidance as the user does', () => {
    const counted = { ...plan('cat'), at: (call: number) => ({ hidden: `cat ${call}` }) as unknown as TextEncoding };
    const second = { ...OFF, guidanceInterval: [0.5, 1] } as const;
    assert.deepEqual(asked(prediction(second, { ...texts, prompt: counted }, false, { order: 2 }), [0, 1, 2, 3]), [['cat 0'], ['cat 1'], ['cat 2', 'dog'], ['cat 3', 'dog']]);
    assert.deepEqual(asked(prediction(second, { ...texts, prompt: counted }, false, { begin: 1, order: 2 }), [1, 2, 3]), [['cat 0'], ['cat 1'], ['cat 2', 'dog']]);
    assert.deepEqual(asked(prediction(second, { ...texts, prompt: counted }, false, { begin: 2 }), [2, 3]), [['cat 0'], ['cat 1', 'dog']]);
  });

  it('mixes answers as its factors say, where a sum is all there is to it', () => {
    const [cat, dog] = [Float32Array.of(1, 2), Float32Array.of(0.5, -1)];
    const [a, b] = prediction(OFF).factors(2)!;
    assert.deepEqual([...prediction(OFF).mixed([cat, dog], latents, 0)], [...combine([a!, cat], [b!, dog])]);
    assert.deepEqual(prediction(OFF).factors(1), [1]);
    assert.equal(prediction(OFF).mixed([cat], latents, 0), cat);
    for (const more of [{ guidanceRescale: 0.5 }, { dynamicThresholding: 0.9 }]) assert.equal(prediction({ ...OFF, ...more }).factors(2), null);
    assert.equal(prediction(OFF).factors(3), null);
  });
});
