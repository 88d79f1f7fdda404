import assert from 'node:assert/strict';
import { SAMPLERS } from '../../prompt/request';
import { BrownianPath } from '../noise';
import { createScheduler } from './create';
import { SchedulerError, type Scheduler } from './scheduler';

const SIZE = 8;
const STEPS = 6;
const DISCRETE = { _class_name: 'PNDMScheduler', skip_prk_steps: true };
const FLOW = { _class_name: 'FlowMatchEulerDiscreteScheduler', shift: 3 };
const values = (seed: number) => Float32Array.from({ length: SIZE }, (_, j) => Math.sin(1 + seed * 1.7 + j * 2.3));

/** Every sampler over a model of its kind, made anew each time. */
const makers: [string, (strength?: number) => Scheduler][] = [...SAMPLERS.map((sampler) => [sampler, DISCRETE] as const), ...(['Euler', 'Heun', 'DPM++ 2M', 'DPM++ 2M SDE', 'DPM++ 2S', 'DEIS', 'UniPC', 'LCM'] as const).map((sampler) => [sampler, FLOW] as const)].map(([sampler, config]) => [
  `${sampler} of ${config._class_name.replace('Scheduler', '')}`,
  (strength = 1) => createScheduler(config, { steps: STEPS, sampler, scheduleType: 'Automatic', eta: 0.5, strength, path: (low, high) => new BrownianPath('torch', '1', SIZE, low, high) }),
]);

/** Walks as scheduler.ts says, with a look at the picture between calls or without. Hands back the latents after each call, and how often noise was drawn. */
function walk(scheduler: Scheduler, looks: boolean): { latents: Float32Array[]; noises: number } {
  const latents: Float32Array[] = [];
  let sample: Float32Array = values(0).map((value) => value * scheduler.initNoiseSigma);
  let noises = 0;
  for (let i = scheduler.begin; i < scheduler.timesteps.length; i++) {
    const modelOutput = values(i + 1);
    const given = [sample.slice(), modelOutput.slice()];
    if (looks) {
      for (const at of [i, i]) scheduler.predictOriginal(modelOutput, at, sample);
      scheduler.scaleModelInput(sample, i);
      scheduler.addNoise(sample, modelOutput, i);
    }
    scheduler.scaleModelInput(sample, i);
    const next = scheduler.step({ modelOutput, i, sample, noise: () => values(100 + noises++) });
    assert.deepEqual([sample, modelOutput], given, 'neither the latents nor the model\'s words are changed');
    assert.ok(next !== sample && next.length === SIZE && next.every(Number.isFinite));
    latents.push(sample = next);
  }
  return { latents, noises };
}

describe('what a pipeline may count on of a scheduler', () => {
  for (const [name, make] of makers) {
    it(`${name}: calls in order, two in a step or one; looking changes nothing; noise only where it is drawn`, () => {
      const scheduler = make();
      assert.equal(scheduler.kind, name.includes('FlowMatch') ? 'flow' : 'discrete');
      assert.deepEqual([scheduler.begin, scheduler.initNoiseSigma > 0], [0, true]);
      assert.ok(scheduler.timesteps.every((time, i) => time >= 0 && time <= 1000 && (i === 0 || time <= scheduler.timesteps[i - 1]!)), scheduler.timesteps.join(' '));
      // Heun's kind takes the last step with one call; PNDM's first step takes two.
      const calls = scheduler.order * STEPS - (scheduler.order - 1) + (scheduler.className === 'PNDMScheduler' ? 1 : 0);
      assert.equal(scheduler.timesteps.length, calls);
      const plain = walk(make(), false);
      assert.deepEqual(walk(make(), true), plain);
      assert.ok(plain.noises <= calls);
    });

    it(`${name}: a picture goes in clean behind the last call, and noisier the earlier it goes in`, () => {
      const scheduler = make();
      const [original, noise] = [values(3), values(4)];
      const given = [original.slice(), noise.slice()];
      // One number that was 0 and one of noise: what is left of the noise, against what is left of the picture.
      const share = Array.from({ length: scheduler.timesteps.length }, (_, i) => scheduler.addNoise(Float32Array.of(0), Float32Array.of(1), i)[0]! / scheduler.addNoise(Float32Array.of(1), Float32Array.of(0), i)[0]!);
      assert.ok(share.every((ratio, i) => ratio >= 0 && (i === 0 || ratio <= share[i - 1]! + 1e-9)), share.join(' '));
      assert.deepEqual([scheduler.addNoise(original, noise, scheduler.timesteps.length), original, noise], [original, ...given]);
      const part = make(0.5);
      assert.ok(part.begin > 0 && part.begin < part.timesteps.length && part.begin % part.order === 0, String(part.begin));
    });
  }

  it('draws noise where its method does, and nowhere else', () => {
    const drawing = makers.filter(([, make]) => walk(make(), false).noises > 0).map(([name]) => name).toSorted();
    const methods = ['DDIM', 'Euler a', 'DPM++ 2M SDE', 'DPM2 a', 'DDPM', 'LCM', 'TCD']; // DDIM and TCD by eta; DPM++ SDE has a path of its own
    assert.deepEqual(drawing, [...methods.map((name) => `${name} of PNDM`), 'DPM++ 2M SDE of FlowMatchEulerDiscrete', 'LCM of FlowMatchEulerDiscrete'].toSorted());
  });

  it('draws none where it is not asked to', () => {
    const scheduler = createScheduler(DISCRETE, { steps: STEPS, sampler: 'DDIM', scheduleType: 'Automatic' });
    assert.equal(walk(scheduler, false).noises, 0);
  });

  it('says that it cannot by an error of its own', () => {
    const error = new SchedulerError('no');
    assert.deepEqual([error instanceof Error, error.name, String(error)], [true, 'SchedulerError', 'SchedulerError: no']);
  });
});
