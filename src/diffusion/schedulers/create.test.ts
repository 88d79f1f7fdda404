import assert from 'node:assert/strict';
import type { SchedulerConfig } from '../../models';
import { SAMPLERS, type Sampler } from '../../prompt/request';
import { BrownianPath } from '../noise';
import { createScheduler } from './create';
import type { SchedulerOptions } from './scheduler';

const STILL = { _class_name: 'PNDMScheduler', skip_prk_steps: true };
const FLOW = { _class_name: 'FlowMatchEulerDiscreteScheduler', shift: 3 };
const make = (config: SchedulerConfig, more: Partial<SchedulerOptions> = {}) =>
  createScheduler(config, { steps: 8, sampler: null, scheduleType: 'Automatic', path: (low, high) => new BrownianPath('torch', '1', 1, low, high), ...more });

describe('the scheduler of a file and a wish', () => {
  it('is the class that the sampler is in diffusers', () => {
    const classes: Record<Sampler, string> = {
      'DDIM': 'DDIM', 'PNDM': 'PNDM', 'Euler': 'EulerDiscrete', 'Euler a': 'EulerAncestralDiscrete', 'Heun': 'HeunDiscrete', 'DPM++ 2M': 'DPMSolverMultistep',
      'DPM++ 2M SDE': 'DPMSolverMultistep', 'DPM++ SDE': 'DPMSolverSDE', 'DPM++ 2S': 'DPMSolverSinglestep', 'DPM2': 'KDPM2Discrete', 'DPM2 a': 'KDPM2AncestralDiscrete',
      'LMS': 'LMSDiscrete', 'DEIS': 'DEISMultistep', 'DDPM': 'DDPM', 'UniPC': 'UniPCMultistep', 'LCM': 'LCM', 'TCD': 'TCD',
    };
    for (const sampler of SAMPLERS) assert.equal(make(STILL, { sampler }).className, `${classes[sampler]}Scheduler`);
    assert.equal(make(STILL).className, 'PNDMScheduler', 'without a wish, the file’s');
  });

  it('of a flow model is a flow scheduler, with the shift of the file', () => {
    const flow: Partial<Record<Sampler, string>> = {
      'Euler': 'FlowMatchEulerDiscrete', 'Heun': 'FlowMatchHeunDiscrete', 'LCM': 'FlowMatchLCM', 'DPM++ 2M': 'DPMSolverMultistep', 'DPM++ 2M SDE': 'DPMSolverMultistep',
      'DPM++ 2S': 'DPMSolverSinglestep', 'DEIS': 'DEISMultistep', 'UniPC': 'UniPCMultistep',
    };
    for (const sampler of SAMPLERS) {
      if (!flow[sampler]) assert.throws(() => make(FLOW, { sampler }), /cannot walk a flow-matching model; choose one of Euler, Heun, DPM\+\+ 2M, /, sampler);
      else assert.deepEqual([make(FLOW, { sampler }).className, make(FLOW, { sampler }).kind], [`${flow[sampler]}Scheduler`, 'flow'], sampler);
    }
    // Half of the way from 1 to almost 0, by 3σ/(1 + 2σ), whichever field names the shift.
    for (const config of [FLOW, { _class_name: 'UniPCMultistepScheduler', use_flow_sigmas: true, prediction_type: 'flow_prediction', flow_shift: 3 }]) {
      assert.equal(make(config, { sampler: 'UniPC', steps: 2 }).timesteps[1], 750, config._class_name);
    }
    const euler = make({ _class_name: 'UniPCMultistepScheduler', use_flow_sigmas: true, flow_shift: 3 }, { sampler: 'Euler', sigmas: [1, 0.5] });
    assert.equal(euler.timesteps[1], 750);
  });

  it('spaces its levels as the wish says, in place of the file', () => {
    const euler = { _class_name: 'EulerDiscreteScheduler', use_karras_sigmas: true };
    const times = (more: Partial<SchedulerOptions>, config: SchedulerConfig = euler) => make(config, { steps: 4, ...more }).timesteps;
    assert.deepEqual(times({ scheduleType: 'SGM Uniform' }), [999, 749, 499, 249]);
    assert.deepEqual(times({ scheduleType: 'Uniform' }), [999, 666, 333, 0]);
    for (const [type, flag] of [['Karras', 'use_karras_sigmas'], ['Exponential', 'use_exponential_sigmas'], ['Beta', 'use_beta_sigmas']] as const) {
      assert.deepEqual(times({ scheduleType: type }), times({}, { _class_name: 'EulerDiscreteScheduler', [flag]: true }), type);
    }
    assert.notDeepEqual(times({}), times({ scheduleType: 'Uniform' }), 'the file’s Karras');
    const lu = { _class_name: 'DPMSolverMultistepScheduler', use_lu_lambdas: true };
    assert.deepEqual(times({ scheduleType: 'Uniform' }, lu), times({}, { ...lu, use_lu_lambdas: false }));
    assert.notDeepEqual(times({}, lu), times({ scheduleType: 'Uniform' }, lu));
    // diffusers' Euler a does not know shapes: the file's are nothing to it, the wish's are.
    assert.deepEqual(times({ sampler: 'Euler a' }), [999, 666, 333, 0]);
    assert.deepEqual(times({ sampler: 'Euler a', scheduleType: 'Karras' }), times({}));
    assert.throws(() => make(STILL, { scheduleType: 'Beta' }), /schedule type Beta does not apply to PNDM, which walks whole timesteps; /);
  });

  it('skips the steps that a strength below 1 leaves out, in calls', () => {
    // Of 7 steps at 0.5, int(3.5) = 3 are walked by diffusion models; flow models skip int(3.5).
    const begin = (sampler: Sampler, config: SchedulerConfig = STILL) => make(config, { sampler, steps: 7, strength: 0.5 }).begin;
    assert.deepEqual([begin('Euler'), begin('Heun'), begin('DPM2'), begin('DPM++ SDE'), begin('DPM++ 2M'), begin('LCM')], [4, 8, 8, 8, 4, 4]);
    assert.deepEqual([begin('Euler', FLOW), begin('Heun', FLOW), begin('UniPC', FLOW)], [3, 6, 3]);
    const own = make({ _class_name: 'LCMScheduler' }, { steps: 4, strength: 0.5 });
    assert.deepEqual([own.begin, own.timesteps], [0, [499, 379, 259, 139]]);
    assert.equal(make({ _class_name: 'LCMScheduler' }, { steps: 4, strength: 0.5, lcmStrength: false }).begin, 2);
    assert.deepEqual([make(STILL, { strength: 1.5 }).begin, make(STILL, { strength: 0 }).begin], [0, 8]);
  });

  it('is corrected as StableDiffusionPipeline corrects it: its own fields, and others that are written', () => {
    const old = { _class_name: 'DDIMScheduler' };
    const seen = (config: SchedulerConfig, more: Partial<SchedulerOptions> = {}) => {
      const scheduler = make(config, { steps: 4, ...more });
      const [x0] = scheduler.step({ modelOutput: Float32Array.of(0), i: 3, sample: Float32Array.of(9), noise: () => assert.fail() });
      return [scheduler.timesteps[0], x0 === 1]; // clipped at the last step
    };
    assert.deepEqual(seen(old), [750, true]);
    assert.deepEqual(seen(old, { stableDiffusion: true }), [751, false]);
    assert.deepEqual(seen(old, { stableDiffusion: false }), [750, true]);
    assert.deepEqual(seen({ _class_name: 'PNDMScheduler' }, { stableDiffusion: true, sampler: 'DDIM' }), [750, true]);
    assert.deepEqual(seen({ _class_name: 'PNDMScheduler', steps_offset: 0, clip_sample: true }, { stableDiffusion: true, sampler: 'DDIM' }), [751, false]);
  });

  it('takes whole steps, no more than there are timesteps', () => {
    assert.deepEqual([1, 40].map((steps) => make({ ...STILL, num_train_timesteps: 40 }, { steps, sampler: 'Euler' }).timesteps.length), [1, 40]);
    for (const steps of [0, 1.5, 41]) assert.throws(() => make({ ...STILL, num_train_timesteps: 40 }, { steps }), { name: 'SchedulerError', message: `${steps} steps: use a whole number from 1 to 40` });
    assert.throws(() => make({ _class_name: 'toString' }), /the scheduler toString of this model is not one that Easel knows/);
  });
});
