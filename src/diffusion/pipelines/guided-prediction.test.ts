import assert from 'node:assert/strict';
import type { Scheduler } from '../schedulers';
import type { TextEncoding, TextPlan } from '../text';
import { combine } from '../schedulers/numeric';
import type { Denoiser, DenoiserSettings } from './denoiser';
import { GuidedPrediction, planTexts } from './guided-prediction';
import type { GuidanceSettings } from './guidance';

const OFF: GuidanceSettings & { prompt: string } = { prompt: 'cat', negativePrompt: 'dog', guidanceScale: 3, guidanceRescale: 0, guidanceInterval: [0, 1], perpendicularNegative: 0, dynamicThresholding: 0 };
const plan = (name: string): TextPlan => ({ at: () => ({ hidden: name }) as unknown as TextEncoding, notes: [], emphasis: null });
const names = (encodings: readonly TextEncoding[]) => encodings.map(({ hidden }) => hidden as unknown as string);
const texts = { prompt: plan('cat'), negative: plan('dog') };

/** With a scheduler that halves what the network sees. */
function prediction(request: GuidanceSettings, own: typeof texts & { empty?: TextPlan } = texts, guidesItself = false): GuidedPrediction {
  const scheduler = { begin: 0, timesteps: [900, 600, 300, 0], scaleModelInput: (latents: Float32Array) => latents.map((value) => value / 2) } as unknown as Scheduler;
  return new GuidedPrediction({ guidesItself } as Denoiser, scheduler, own, request, {} as DenoiserSettings, false);
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
  const at = (step: number) => ({ i: step, latents, step, steps: 4 });

  it('asks about the texts that act at a step, with latents as the scheduler scales them', () => {
    const within = prediction({ ...OFF, guidanceInterval: [0.25, 0.75] });
    assert.deepEqual([0, 1, 2, 3].map((step) => names(within.question(at(step)).encodings)), [['cat'], ['cat', 'dog'], ['cat', 'dog'], ['cat']]);
    assert.deepEqual([...within.question(at(0)).latents], [2, -1]);
    assert.deepEqual(names(prediction(OFF, { ...texts, empty: plan('') }).question(at(0)).encodings), ['cat', '', 'dog']);
    assert.deepEqual(names(prediction(OFF, texts, true).question(at(0)).encodings), ['cat']);
  });

  it('mixes answers as its factors say, where a sum is all there is to it', () => {
    const [cat, dog] = [Float32Array.of(1, 2), Float32Array.of(0.5, -1)];
    const [a, b] = prediction(OFF).factors(2)!;
    assert.deepEqual([...prediction(OFF).mixed([cat, dog], at(0))], [...combine([a!, cat], [b!, dog])]);
    assert.deepEqual(prediction(OFF).factors(1), [1]);
    assert.equal(prediction(OFF).mixed([cat], at(0)), cat);
    for (const more of [{ guidanceRescale: 0.5 }, { dynamicThresholding: 0.9 }]) assert.equal(prediction({ ...OFF, ...more }).factors(2), null);
    assert.equal(prediction(OFF).factors(3), null);
  });
});
