import assert from 'node:assert/strict';
import type { SchedulerConfig } from '../../models';
import { createScheduler, type Scheduler } from '../schedulers';
import { linearStep } from '../schedulers/linear-step';
import { combine } from '../schedulers/numeric';
import { near } from '../test-support/near';
import { tinyRequest } from '../test-support/tiny-request';
import type { TextEncoding } from '../text';
import type { Denoiser, DenoiserSettings, Question } from './denoiser';
import { GuidedPrediction } from './guided-prediction';
import { takeStep, type Picture } from './take-step';

const SD = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear' };
const FLOW: SchedulerConfig = { _class_name: 'FlowMatchEulerDiscreteScheduler' };
const EULER: SchedulerConfig = { _class_name: 'EulerDiscreteScheduler', ...SD };
const DDIM: SchedulerConfig = { _class_name: 'DDIMScheduler', clip_sample: false, ...SD };
const ANCESTRAL: SchedulerConfig = { _class_name: 'EulerAncestralDiscreteScheduler', ...SD };

const STEPS = 4;
const COUNT = 6;
const wave = (phase: number) => Float32Array.from({ length: COUNT }, (_, i) => Math.sin(phase + i));
const text = (phase: number) => ({ hidden: Float32Array.of(phase) }) as TextEncoding;
const SETTINGS = {} as DenoiserSettings;

/** A picture at its start, whose step is a sum where its scheduler says so; it is written on as it goes. */
function picture(config: SchedulerConfig, { sums = true, phase = 1, guidanceRescale = 0, dynamicThresholding = 0 } = {}): Picture & { drawn: number } {
  const scheduler = createScheduler(config, { steps: STEPS, sampler: null, scheduleType: 'Automatic' });
  const texts = { prompt: { at: () => text(phase), notes: [], emphasis: null }, negative: { at: () => text(phase + 3), notes: [], emphasis: null } };
  const request = tinyRequest({ guidanceScale: 3, guidanceRescale, dynamicThresholding });
  const made = {
    request, scheduler, plans: [], notes: new Set<string>(), drawn: 0,
    prediction: new GuidedPrediction({ guidesItself: false }, scheduler, texts, request, false),
    random: { randn: (count: number) => ((made.drawn += count), wave(phase + 5).subarray(0, count)) },
    start: { noise: wave(7), latents: wave(phase), keep: null, extraChannels: undefined },
    sums: scheduler.timesteps.map((_, i) => (sums ? linearStep(scheduler, i) : null)),
    latents: combine([scheduler.initNoiseSigma, wave(phase)]),
  };
  return made;
}

/** A network whose answer is a bit of the latents and a wave of the text. */
function network(change: (answer: Float32Array, call: number) => void = () => undefined) {
  const calls: { questions: readonly Question[]; timestep: number }[] = [];
  const predictTogether = async (questions: readonly Question[], timestep: number, settings: DenoiserSettings) => {
    assert.equal(settings, SETTINGS);
    calls.push({ questions, timestep });
    return questions.map(({ latents, encodings }) => encodings.map(({ hidden }) => {
      const answer = combine([0.1, latents], [1, wave(hidden[0]! + timestep)]);
      change(answer, calls.length);
      return answer;
    }));
  };
  return { calls, denoiser: { predictTogether } as unknown as Denoiser };
}

/** Walks all steps, and gives what was shown on the way. */
async function walk(pictures: readonly Picture[], { denoiser } = network(), shown: Float32Array[] = []): Promise<Float32Array[]> {
  for (let i = 0; i < STEPS; i++) await takeStep(pictures, denoiser, SETTINGS, i, `step ${i}`, (original) => shown.push(original()));
  return shown;
}

describe('a step that is one sum', () => {
  for (const config of [FLOW, EULER, DDIM]) {
    it(`agrees with the same taken by parts, and so does what it shows: ${config._class_name}`, async () => {
      const [whole, parts] = [picture(config), picture(config, { sums: false })];
      const [shown, shownByParts] = [await walk([whole]), await walk([parts])];
      near(whole.latents, parts.latents, 2e-6);
      shown.forEach((original, i) => near(original, shownByParts[i]!, 5e-6));
      assert.ok(whole.sums.every((sum) => sum !== null), 'it was a sum');
      assert.equal(shown.length, STEPS);
    });
  }

  it('is taken by parts where guidance is no sum, and by a scheduler that is none', async () => {
    for (const [config, guidanceRescale] of [[FLOW, 0.5], [ANCESTRAL, 0]] as const) {
      const [one, other] = [picture(config, { guidanceRescale }), picture(config, { guidanceRescale, sums: false })];
      await walk([one]);
      await walk([other]);
      assert.deepEqual(one.latents, other.latents);
    }
  });
});

describe('a step of pictures', () => {
  it('is the scheduler\'s step of what guidance makes of the answers', async () => {
    const { calls, denoiser } = network();
    const own = picture(ANCESTRAL);
    const scheduler: Scheduler = createScheduler(ANCESTRAL, { steps: STEPS, sampler: null, scheduleType: 'Automatic' });
    const sample = own.latents;
    const shown: Float32Array[] = [];
    await takeStep([own], denoiser, SETTINGS, 0, 'stage', (original) => shown.push(original()));
    const [{ questions: [question], timestep }] = calls as [{ questions: [Question]; timestep: number }];
    assert.deepEqual([question.latents, timestep], [scheduler.scaleModelInput(sample, 0), scheduler.timesteps[0]]);
    const [conditional, unconditional] = [1, 4].map((phase) => combine([0.1, question.latents], [1, wave(phase + timestep)])) as [Float32Array, Float32Array];
    const modelOutput = conditional.map((value, i) => unconditional[i]! + 3 * (value - unconditional[i]!));
    assert.deepEqual(shown, [scheduler.predictOriginal(modelOutput, 0, sample)]);
    assert.deepEqual(own.latents, scheduler.step({ modelOutput, i: 0, sample, noise: () => wave(6) }));
    assert.equal(own.drawn, COUNT, 'noise is drawn once, and by who needs it');
  });

  it('asks the scheduler about its own call alone, also where guidance looks at the clean picture', async () => {
    const own = picture(EULER, { dynamicThresholding: 0.9 });
    const asked: number[] = [];
    const predictOriginal = own.scheduler.predictOriginal.bind(own.scheduler);
    Object.assign(own.scheduler, { predictOriginal: (...values: Parameters<Scheduler['predictOriginal']>) => (asked.push(values[1]), predictOriginal(...values)) });
    await walk([own]);
    const perCall = asked.length / STEPS;
    assert.ok(perCall > 1);
    assert.deepEqual(asked, Array.from({ length: asked.length }, (_, k) => Math.floor(k / perCall)));
  });

  it('asks the network once for all, and walks each by its own scheduler and noise; the first is shown', async () => {
    const { calls, denoiser } = network();
    const together = [picture(ANCESTRAL), picture(ANCESTRAL, { phase: 2 }), picture(ANCESTRAL, { phase: 3 })];
    const shown = await walk(together, { calls, denoiser });
    assert.deepEqual(calls.map(({ questions, timestep }) => [questions.length, timestep]), together[0]!.scheduler.timesteps.map((timestep) => [3, timestep]));
    for (const [place, phase] of [1, 2, 3].entries()) {
      const alone = picture(ANCESTRAL, { phase });
      const itsOwn = await walk([alone]);
      assert.deepEqual(together[place]!.latents, alone.latents);
      if (place === 0) assert.deepEqual(shown, itsOwn);
    }
  });

  it('puts back what a mask keeps, as noisy as the next call wants it, and clean at the end', async () => {
    const original = wave(20);
    const kept = picture(FLOW);
    const start = { ...kept.start, keep: { original, mask: Float32Array.of(1, 0, 0, 1, 0, 0) } };
    const masked: Picture = { ...kept, start };
    const { denoiser } = network();
    for (let i = 0; i < STEPS; i++) {
      await takeStep([masked], denoiser, SETTINGS, i, 'stage', () => undefined);
      const noisy = kept.scheduler.addNoise(original, start.noise, i + 1);
      assert.deepEqual([1, 2, 4, 5].map((place) => masked.latents[place]), [1, 2, 4, 5].map((place) => noisy[place]));
      assert.notEqual(masked.latents[0], noisy[0]);
    }
    assert.deepEqual(masked.latents.subarray(1, 3), original.subarray(1, 3));
  });

  for (const [way, sums] of [['as a sum', true], ['by parts', false]] as const) {
    for (const bad of [NaN, Infinity]) {
      it(`stops at ${bad}, and names the stage: ${way}`, async () => {
        const spoiled = () => network((answer, call) => void (call === 3 && (answer[4] = bad)));
        const error = { name: 'DiffusionError', code: 'numeric', message: /^step 2 gave -?(NaN|Infinity) \(value 4 of 6\)/ };
        const shown: Float32Array[] = [];
        await assert.rejects(walk([picture(EULER, { sums })], spoiled(), shown), error);
        if (!sums) assert.equal(shown.length, 2, 'nor is it shown');
        await assert.rejects(walk([picture(EULER), picture(EULER, { sums })], spoiled()), error);
      });
    }
  }
});
