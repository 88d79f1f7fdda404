import assert from 'node:assert/strict';
import { readFields, schemas, type ClassName } from './config';

const classes = Object.keys(schemas) as ClassName[];

describe('the fields of scheduler_config.json', () => {
  it('are those of diffusers, with the defaults of each class', () => {
    const { beta_start, beta_schedule, clip_sample, timestep_spacing, set_alpha_to_one } = readFields('DDIMScheduler', {});
    assert.deepEqual([beta_start, beta_schedule, clip_sample, timestep_spacing, set_alpha_to_one], [1e-4, 'linear', true, 'leading', true]);
    const heun = readFields('HeunDiscreteScheduler', {});
    assert.deepEqual([heun.beta_start, heun.beta_end, heun.timestep_spacing, heun.clip_sample], [0.00085, 0.012, 'linspace', false]);
    assert.deepEqual([readFields('PNDMScheduler', {}).set_alpha_to_one, readFields('DPMSolverSinglestepScheduler', {}).lower_order_final, readFields('UniPCMultistepScheduler', {}).solver_order], [false, false, 2]);
  });

  it('have the same default in every class that knows them, as far as diffusers does', () => {
    const common: Record<string, unknown> = {
      num_train_timesteps: 1000, trained_betas: null, rescale_betas_zero_snr: false, prediction_type: 'epsilon', steps_offset: 0, use_karras_sigmas: false, use_exponential_sigmas: false,
      use_beta_sigmas: false, sigma_min: null, sigma_max: null, clip_sample_range: 1, thresholding: false, dynamic_thresholding_ratio: 0.995, sample_max_value: 1, use_dynamic_shifting: false,
      base_shift: 0.5, max_shift: 1.15, base_image_seq_len: 256, max_image_seq_len: 4096, time_shift_type: 'exponential', shift_terminal: null, solver_order: 2, use_flow_sigmas: false,
      flow_shift: 1, shift: 1, invert_sigmas: false, stochastic_sampling: false, euler_at_final: false, use_lu_lambdas: false, lambda_min_clipped: -Infinity, predict_x0: true, disable_corrector: [],
      original_inference_steps: 50, timestep_scaling: 10, interpolation_type: 'linear', timestep_type: 'discrete', skip_prk_steps: false, noise_sampler_seed: null, scale_factors: [],
    };
    for (const name of classes) {
      const known = Object.fromEntries(Object.entries(readFields(name, {})).filter(([key]) => key in common));
      assert.deepEqual(known, Object.fromEntries(Object.keys(known).map((key) => [key, common[key]])), name);
    }
  });

  it('are their defaults where the file says null, and dropped where no class knows them', () => {
    for (const name of classes) {
      const own = readFields(name, {});
      assert.deepEqual(readFields(name, { ...Object.fromEntries(Object.keys(own).map((key) => [key, null])), _class_name: name, strange: 1 }), own, name);
    }
  });

  it('leave out zero terminal SNR and the last level where a class has its own', () => {
    assert.equal(readFields('DDIMScheduler', { rescale_betas_zero_snr: true }).rescale_betas_zero_snr, true);
    assert.equal(readFields('HeunDiscreteScheduler', { rescale_betas_zero_snr: true }).rescale_betas_zero_snr, false);
    assert.equal(readFields('DEISMultistepScheduler', { final_sigmas_type: 'zero' }).final_sigmas_type, 'sigma_min');
  });

  it("take other solvers' names for their own", () => {
    const multistep = readFields('DPMSolverMultistepScheduler', { algorithm_type: 'deis', solver_type: 'logrho' });
    assert.deepEqual([multistep.algorithm_type, multistep.solver_type], ['dpmsolver++', 'midpoint']);
    const named = (solver_type: string) => [readFields('DPMSolverMultistepScheduler', { solver_type }).solver_type, readFields('UniPCMultistepScheduler', { solver_type }).solver_type];
    assert.deepEqual(['heun', 'bh1', 'bh2', 'midpoint'].map(named), [['heun', 'bh2'], ['midpoint', 'bh1'], ['midpoint', 'bh2'], ['midpoint', 'bh2']]);
  });

  it('may hold an infinity where diffusers writes one, and nothing that is no number', () => {
    assert.equal(readFields('DPMSolverMultistepScheduler', { lambda_min_clipped: -Infinity }).lambda_min_clipped, -Infinity);
    assert.throws(() => readFields('DPMSolverMultistepScheduler', { lambda_min_clipped: NaN }), /lambda_min_clipped of DPMSolverMultistepScheduler is NaN: expected a number/);
    assert.throws(() => readFields('DDIMScheduler', { beta_end: Infinity }), /beta_end of DDIMScheduler is Infinity/);
  });

  it('are refused in one line that names what is wrong', () => {
    const refused = (className: ClassName, fields: Record<string, unknown>, message: RegExp) =>
      assert.throws(() => readFields(className, fields), (error: Error) => error.name === 'SchedulerError' && message.test(error.message) && !error.message.includes('\n'));
    refused('EulerDiscreteScheduler', { timestep_spacing: 'even' }, /^scheduler_config\.json: timestep_spacing of EulerDiscreteScheduler is "even": .*; correct the file or choose a sampler that does not read it$/);
    refused('DDIMScheduler', { num_train_timesteps: 1e6 }, /num_train_timesteps of DDIMScheduler is 1000000: /);
    refused('DDIMScheduler', { num_train_timesteps: 0 }, /num_train_timesteps/);
    refused('DEISMultistepScheduler', { solver_order: 4 }, /solver_order of DEISMultistepScheduler is 4/);
    refused('FlowMatchLCMScheduler', { scale_factors: [0.5, 'x'] }, /scale_factors\.1 of FlowMatchLCMScheduler is \[0\.5,"x"\]/);
  });
});
