import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SchedulerConfig } from '../../models';
import { SAMPLERS, SCHEDULE_TYPES } from '../../prompt/request';
import { BrownianPath } from '../noise';
import { createScheduler, SchedulerError, type SchedulerOptions } from './index';

const SD = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear' };
const PNDM = { _class_name: 'PNDMScheduler', ...SD, skip_prk_steps: true, set_alpha_to_one: false, steps_offset: 1 };
const FLOW = { _class_name: 'FlowMatchEulerDiscreteScheduler', shift: 3 };
const options = (more: Partial<SchedulerOptions> = {}): SchedulerOptions => ({ steps: 10, sampler: null, scheduleType: 'Automatic', path: (low, high) => new BrownianPath('torch', '3', 8, low, high), ...more });
const refused = (config: SchedulerConfig, more: Partial<SchedulerOptions>, message: RegExp) =>
  assert.throws(() => createScheduler(config, options(more)), (error: Error) => error instanceof SchedulerError && message.test(error.message) && !error.message.includes('\n'));

describe('scheduler_config.json', () => {
  it('may hold the infinities that Python writes', () => {
    const timesteps = (lambda_min_clipped?: number) => createScheduler({ _class_name: 'DPMSolverMultistepScheduler', beta_schedule: 'squaredcos_cap_v2', lambda_min_clipped }, options({ steps: 4 })).timesteps;
    assert.deepEqual(timesteps(-Infinity), timesteps());
    assert.ok(timesteps(-5.1)[0]! < 999);
  });

  it('of an unknown class, or with a wrong field, is refused in one line', () => {
    refused({ _class_name: 'ScoreSdeVeScheduler' }, {}, /ScoreSdeVeScheduler.*choose a sampler/);
    refused({ _class_name: 'EDMDPMSolverMultistepScheduler' }, {}, /EDMDPMSolverMultistepScheduler.*choose a sampler/);
    refused({ _class_name: 'DDPMScheduler', variance_type: 'learned_range' }, {}, /variance_type "learned_range" is not supported/);
    refused({ _class_name: 'FlowMatchLCMScheduler', scale_factors: [0.5] }, {}, /scale_factors/);
    refused({ _class_name: 'DPMSolverSinglestepScheduler', algorithm_type: 'dpmsolver' }, {}, /cannot end at noise level 0/);
    refused({ ...PNDM, beta_end: 'high' }, {}, /beta_end of PNDMScheduler is "high"/);
    refused({ _class_name: 'UniPCMultistepScheduler', prediction_type: 'flow' }, {}, /prediction_type/);
    refused({ _class_name: 'EulerAncestralDiscreteScheduler', prediction_type: 'sample' }, {}, /cannot walk a model with prediction_type "sample"/);
  });

  it('of an unknown class still serves a sampler of ours', () => {
    assert.equal(createScheduler({ ...PNDM, _class_name: 'ScoreSdeVeScheduler' }, options({ sampler: 'Euler' })).className, 'EulerDiscreteScheduler');
  });

  it('is corrected as StableDiffusionPipeline corrects it', () => {
    const plain = createScheduler({ _class_name: 'DDIMScheduler', ...SD }, options());
    const corrected = createScheduler({ _class_name: 'DDIMScheduler', ...SD }, options({ stableDiffusion: true }));
    assert.deepEqual([plain.timesteps[0], corrected.timesteps[0]], [900, 901]);
    // A default is corrected in the model's own class alone; another class takes over what the file says.
    const switched = createScheduler({ _class_name: 'DDIMScheduler', ...SD, timestep_spacing: 'leading' }, options({ stableDiffusion: true, sampler: 'Euler' }));
    assert.equal(switched.timesteps[0], 900);
  });
});

describe('what cannot be drawn', () => {
  it('is refused with what to do instead', () => {
    refused(PNDM, { steps: 0 }, /0 steps/);
    refused(PNDM, { steps: 1001 }, /1 to 1000/);
    refused(PNDM, { sampler: 'DDIM', scheduleType: 'Karras' }, /Karras does not apply to DDIM/);
    refused(FLOW, { sampler: 'DDIM' }, /DDIM cannot walk a flow-matching model; choose one of Euler, Heun/);
    refused({ ...FLOW, use_dynamic_shifting: true }, {}, /imageSequenceLength/);
    refused({ _class_name: 'LCMScheduler' }, { steps: 51 }, /use 1 to 50 steps/);
    refused({ ...PNDM, skip_prk_steps: false }, { steps: 3 }, /at least 4 steps/);
    refused({ _class_name: 'DPMSolverMultistepScheduler', algorithm_type: 'dpmsolver' }, {}, /cannot end at noise level 0/);
    refused({ _class_name: 'EulerDiscreteScheduler', use_karras_sigmas: true, use_beta_sigmas: true }, {}, /more than one of Karras/);
  });
});

describe('every sampler', () => {
  const walk = (config: SchedulerConfig, wanted: SchedulerOptions, target: Float32Array) => {
    const scheduler = createScheduler(config, wanted);
    let sample = scheduler.begin > 0
      ? scheduler.addNoise(target, target.map((_, j) => Math.sin(j)), scheduler.begin)
      : target.map((_, j) => Math.sin(j) * scheduler.initNoiseSigma);
    for (let i = scheduler.begin; i < scheduler.timesteps.length; i++) {
      // A perfect model: whatever the latents are, it knows the picture they came from.
      const input = scheduler.scaleModelInput(sample, i);
      const noise = perfectOutput(scheduler.timesteps[i]!, input, target, scheduler.kind);
      const before = Float32Array.from(sample);
      const next = scheduler.step({ modelOutput: noise, i, sample, noise: () => target.map((_, j) => Math.cos(3 * i + j)) });
      assert.deepEqual(sample, before, 'a step does not change its input');
      assert.ok(scheduler.predictOriginal(noise, i, sample).every(Number.isFinite));
      sample = next;
    }
    return sample;
  };

  /** ε (or the flow's velocity) that points from `target` to the scaled input at a timestep of the usual schedule. */
  function perfectOutput(timestep: number, input: Float32Array, target: Float32Array, kind: 'discrete' | 'flow'): Float32Array {
    if (kind === 'flow') return input.map((value, j) => (value - target[j]!) / Math.max(timestep / 1000, 1e-3));
    const alphaBar = alphaBarAt(timestep);
    return input.map((value, j) => (value - Math.sqrt(alphaBar) * target[j]!) / Math.sqrt(1 - alphaBar));
  }

  function alphaBarAt(timestep: number): number {
    let [product, last] = [1, 1];
    for (let t = 0; t <= Math.ceil(timestep); t++) {
      last = product;
      product *= 1 - (Math.sqrt(0.00085) + (t / 999) * (Math.sqrt(0.012) - Math.sqrt(0.00085))) ** 2;
    }
    const sigma = (alphaBar: number) => Math.sqrt((1 - alphaBar) / alphaBar);
    const mixed = sigma(last) + (sigma(product) - sigma(last)) * (timestep - Math.ceil(timestep) + 1);
    return 1 / (mixed ** 2 + 1);
  }

  const target = Float32Array.from({ length: 8 }, (_, j) => Math.cos(1.3 * j));

  for (const sampler of SAMPLERS) {
    it(`${sampler} arrives at the picture that a perfect model sees`, () => {
      for (const strength of [1, 0.5]) {
        const result = walk({ ...PNDM }, options({ sampler, steps: 20, strength }), target);
        // What is left is the noise of the lowest trained level, ᾱ₀ = 0.99915, and what a step of 1/20 cannot follow.
        result.forEach((value, j) => assert.ok(Math.abs(value - target[j]!) < 0.12, `element ${j} at strength ${strength}: ${value}, wanted ${target[j]}`));
      }
    });
  }

  it('walks a flow model, from its configuration or by name', () => {
    for (const sampler of [null, 'Euler', 'Heun', 'DPM++ 2M', 'DPM++ 2M SDE', 'UniPC'] as const) {
      const result = walk(FLOW, options({ sampler, steps: 20 }), target);
      result.forEach((value, j) => assert.ok(Math.abs(value - target[j]!) < 0.05, `${sampler}: element ${j}: ${value}, wanted ${target[j]}`));
    }
  });

  it('gives finite numbers for any step count, schedule type and strength it takes', () => {
    fc.assert(fc.property(
      fc.constantFrom(...SAMPLERS), fc.constantFrom(...SCHEDULE_TYPES), fc.integer({ min: 4, max: 50 }), fc.double({ min: 0.3, max: 1, noNaN: true }),
      (sampler, scheduleType, steps, strength) => {
        try {
          assert.ok(walk(PNDM, options({ sampler, scheduleType, steps, strength }), target).every(Number.isFinite));
        } catch (error) {
          if (!(error instanceof SchedulerError)) throw error;
        }
      },
    ), { numRuns: 300 });
  });

  it('begins later when less of the picture is to change, and then takes as many calls fewer', () => {
    const whole = createScheduler(PNDM, options({ sampler: 'Heun', steps: 10 }));
    const part = createScheduler(PNDM, options({ sampler: 'Heun', steps: 10, strength: 0.3 }));
    assert.deepEqual([whole.begin, part.begin, part.order], [0, 14, 2]);
    assert.deepEqual(part.timesteps, whole.timesteps);
  });

  it('leaves the picture clean at the end of the schedule', () => {
    for (const sampler of SAMPLERS) {
      const scheduler = createScheduler(PNDM, options({ sampler }));
      assert.deepEqual(scheduler.addNoise(target, target, scheduler.timesteps.length), target);
    }
  });

  for (const config of [
    { _class_name: 'EulerDiscreteScheduler', final_sigmas_type: 'sigma_min' },
    { _class_name: 'EulerDiscreteScheduler', interpolation_type: 'log_linear' }, // lays out a level more than it has timesteps
    { _class_name: 'FlowMatchEulerDiscreteScheduler', invert_sigmas: true },
  ]) {
    it(`leaves it clean also where the levels do not end at 0: ${JSON.stringify(config)}`, () => {
      const scheduler = createScheduler(config, options());
      assert.deepEqual(scheduler.addNoise(target, target.map((value) => value + 1), scheduler.timesteps.length), target);
    });
  }

  it('counts the steps of a flow file as the pipeline that draws with it does', () => {
    // diffusers: int(9 − int(4.5)) for StableDiffusionXLImg2ImgPipeline, int(9 − 4.5) for StableDiffusion3Img2ImgPipeline.
    const begin = (more: Partial<SchedulerOptions>) => createScheduler({ _class_name: 'DPMSolverMultistepScheduler', use_flow_sigmas: true, prediction_type: 'flow_prediction' }, options({ steps: 9, strength: 0.5, ...more })).begin;
    assert.deepEqual([begin({}), begin({ diffusionStrength: true })], [4, 5]);
  });
});

describe('the embedded model\'s schedule', () => {
  it('ends at σ = 0.05, so that the last step lands on the predicted picture', () => {
    const scheduler = createScheduler({ _class_name: 'FlowMatchEulerDiscreteScheduler', shift_terminal: 0.05 }, options({ steps: 20 }));
    assert.equal(scheduler.timesteps[0], 1000);
    assert.ok(Math.abs(scheduler.timesteps[19]! - 50) < 1e-3);
    const [sample, velocity] = [Float32Array.of(0.5), Float32Array.of(2)];
    const landed = scheduler.step({ modelOutput: velocity, i: 19, sample, noise: () => sample });
    assert.deepEqual(landed, scheduler.predictOriginal(velocity, 19, sample));
  });

  it('takes a single step from σ = 1', () => {
    const scheduler = createScheduler({ _class_name: 'FlowMatchEulerDiscreteScheduler', shift_terminal: 0.05 }, options({ steps: 1 }));
    assert.deepEqual(scheduler.timesteps, [1000]);
  });
});
