import assert from 'node:assert/strict';
import { SAMPLERS } from '../../prompt/request';
import { createScheduler } from './create';
import { linearStep } from './linear-step';
import type { Scheduler } from './scheduler';

const STEPS = 7;
const SD = { _class_name: 'PNDMScheduler', beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear', num_train_timesteps: 1000, clip_sample: false };

/** A network whose answer depends on what it sees, so that a wrong factor is carried on. */
const answer = (seen: Float32Array, t: number) => seen.map((value, k) => Math.sin(3 * value + t / 300 + k));

function walked(scheduler: Scheduler, start: Float32Array): Float32Array {
  let sample = start;
  for (let i = scheduler.begin; i < scheduler.timesteps.length; i++) {
    sample = scheduler.step({ modelOutput: answer(scheduler.scaleModelInput(sample, i), scheduler.timesteps[i]!), i, sample, noise: () => new Float32Array(start.length) });
  }
  return sample;
}

function walkedByFactors(scheduler: Scheduler, start: Float32Array): Float32Array {
  const combined = ([a, b]: readonly [number, number], x: Float32Array, y: Float32Array) => x.map((value, k) => a * value + b * y[k]!);
  let seen = scheduler.scaleModelInput(start, scheduler.begin);
  let after = start;
  for (let i = scheduler.begin; i < scheduler.timesteps.length; i++) {
    const factors = linearStep(scheduler, i)!;
    const output = answer(seen, scheduler.timesteps[i]!);
    after = combined(factors.after, seen, output);
    seen = combined(factors.next, seen, output);
  }
  return after;
}

describe('a step as factors', () => {
  const start = Float32Array.from({ length: 9 }, (_, k) => 2 * Math.cos(5 * k));
  const LINEAR = { Euler: SD, DDIM: SD, 'DDIM, v': { ...SD, prediction_type: 'v_prediction' }, 'Euler, v': { ...SD, prediction_type: 'v_prediction', timestep_spacing: 'trailing' }, flow: { _class_name: 'FlowMatchEulerDiscreteScheduler', shift: 3 } };
  for (const [name, config] of Object.entries(LINEAR)) {
    it(`walks where ${name} walks`, () => {
      const sampler = name === 'flow' ? null : (name.split(',')[0] as 'Euler' | 'DDIM');
      const make = () => createScheduler(config, { steps: STEPS, sampler, scheduleType: 'Automatic', strength: 0.8 });
      const [expected, got] = [walked(make(), start), walkedByFactors(make(), start)];
      expected.forEach((value, k) => assert.ok(Math.abs(value - got[k]!) < 2e-5 * Math.max(1, Math.abs(value)), `${k}: ${value} ${got[k]}`));
    });
  }

  it('does not exist for what remembers, clips or adds noise', () => {
    for (const sampler of SAMPLERS.filter((name) => name !== 'DPM++ SDE')) { // which is not made without a path for its noise
      const scheduler = createScheduler(SD, { steps: STEPS, sampler, scheduleType: 'Automatic' });
      assert.equal(linearStep(scheduler, 0) !== null, sampler === 'Euler' || sampler === 'DDIM', sampler);
    }
    const none = (config: object, eta = 0) => assert.equal(linearStep(createScheduler(config as typeof SD, { steps: STEPS, sampler: null, scheduleType: 'Automatic', eta }), 0), null);
    none({ ...SD, _class_name: 'DDIMScheduler', clip_sample: true });
    none({ ...SD, _class_name: 'DDIMScheduler', thresholding: true });
    none({ ...SD, _class_name: 'DDIMScheduler' }, 0.5);
    none({ _class_name: 'FlowMatchEulerDiscreteScheduler', stochastic_sampling: true });
  });
});
