import assert from 'node:assert/strict';
import { near } from '../test-support/near';
import { trainedAt } from '../test-support/trained-at';
import { readFields, type ConfigOf } from './config';
import { discreteSchedule, evenFlowSchedule, LambdaScheduler, lastTimestep, luSchedule, withEnd, type MultistepSchedule } from './lambda-scheduler';

type Config = ConfigOf<'DPMSolverMultistepScheduler'>;
const config = (fields: object = {}): Config => readFields('DPMSolverMultistepScheduler', { ...trainedAt(1, 2, 4, 8), ...fields });

/** Shows what schedulers of this kind are given. */
class Bare extends LambdaScheduler {
  override readonly className = 'Bare';
  override step = () => assert.fail('takes no steps');
  at = (i: number) => this.level(i);
  x0At = (output: Float32Array, i: number, sample: Float32Array) => this.original(output, i, sample);
  noiseAt = (output: Float32Array, i: number, sample: Float32Array) => this.noiseOf(output, i, sample);
  thresholdedAt = (output: Float32Array, i: number, sample: Float32Array) => this.noiseThresholded(output, i, sample);
}

const bare = (fields: object = {}, sigmas = [4 / 3, 0.75, 0]) => new Bare(config(fields), { timesteps: [1, 0], sigmas: Float32Array.from(sigmas) }, 0);
const FLOW = { use_flow_sigmas: true, prediction_type: 'flow_prediction' };
const [x0, noise] = [Float32Array.of(2, -3), Float32Array.of(0.5, 1)];
const at = (signal: number, amount: number) => x0.map((value, k) => signal * value + amount * noise[k]!);

describe('schedulers in λ', () => {
  it('know a level as signal, noise and the log of their ratio', () => {
    const { alpha, sigma, lambda } = bare().at(0);
    near(Float32Array.of(alpha, sigma, lambda), [0.6, 0.8, Math.log(0.75)], 1e-6);
    const flow = bare(FLOW, [0.8, 0.2]).at(0);
    near(Float32Array.of(flow.alpha, flow.sigma, flow.lambda), [0.2, 0.8, Math.log(0.25)], 1e-6);
    const end = bare().at(2);
    assert.deepEqual([end.alpha, end.sigma, end.lambda], [1, 0, Infinity]);
    assert.deepEqual([bare().kind, bare(FLOW).kind, bare().order, bare().initNoiseSigma], ['discrete', 'flow', 1, 1]);
  });

  it('mix picture and noise, and read them again in whatever the model says', () => {
    near(bare().addNoise(x0, noise, 0), at(0.6, 0.8), 1e-6);
    assert.equal(bare().addNoise(x0, noise, 2), x0);
    const said = { epsilon: noise, sample: x0, v_prediction: x0.map((value, k) => 0.6 * noise[k]! - 0.8 * value) };
    for (const [prediction_type, output] of Object.entries(said)) {
      near(bare({ prediction_type }).predictOriginal(output, 0, at(0.6, 0.8)), x0, 1e-6);
      near(bare({ prediction_type }).noiseAt(output, 0, at(0.6, 0.8)), noise, 1e-6);
    }
    const velocity = x0.map((value, k) => noise[k]! - value);
    near(bare(FLOW, [0.8, 0]).predictOriginal(velocity, 0, at(0.2, 0.8)), x0, 1e-6);
    assert.throws(() => bare({ prediction_type: 'original_sample' }), /^SchedulerError: A multistep solver cannot walk/);
  });

  it('threshold x₀, and ε by way of it', () => {
    const limiting = bare({ thresholding: true, dynamic_thresholding_ratio: 1, sample_max_value: 1 });
    near(limiting.x0At(noise, 0, at(0.6, 0.8)), [1, -1], 1e-6);
    near(limiting.thresholdedAt(noise, 0, at(0.6, 0.8)), [(0.6 * 2 + 0.8 * 0.5 - 0.6) / 0.8, (0.6 * -3 + 0.8 + 0.6) / 0.8], 1e-6);
    near(limiting.predictOriginal(noise, 0, at(0.6, 0.8)), x0, 1e-6);
    near(bare().thresholdedAt(noise, 0, at(0.6, 0.8)), noise, 1e-6);
  });
});

describe('the levels of multistep solvers', () => {
  const levels = (schedule: MultistepSchedule, expected: { timesteps: number[]; sigmas: number[] }) => {
    assert.deepEqual(schedule.timesteps, expected.timesteps);
    near(schedule.sigmas, expected.sigmas, 1e-6);
  };
  const plain = { roundKarras: true, endOfShape: true };

  it('are those of the spaced timesteps, or of a shape with the timesteps that follow', () => {
    levels(discreteSchedule(config(), [3, 1], 2, plain), { timesteps: [3, 1], sigmas: [8, 2, 0] });
    levels(discreteSchedule(config({ final_sigmas_type: 'sigma_min' }), [3, 1], 2, plain), { timesteps: [3, 1], sigmas: [8, 2, 1] });
    const exponential = { use_exponential_sigmas: true, sigma_max: 8.01, sigma_min: 2.01, final_sigmas_type: 'sigma_min' };
    const middle = Math.sqrt(8.01 * 2.01);
    levels(discreteSchedule(config(exponential), [], 3, plain), { timesteps: [3, 2, 1], sigmas: [8.01, middle, 2.01, 2.01] });
    levels(discreteSchedule(config(exponential), [], 3, { ...plain, endOfShape: false }), { timesteps: [3, 2, 1], sigmas: [8.01, middle, 2.01, 1] });
  });

  it('round the timesteps of Karras’ levels where their class does', () => {
    const middle = ((8 ** (1 / 7) + 1) / 2) ** 7; // 2.97: timestep 1.57
    const karras = config({ use_karras_sigmas: true });
    levels(discreteSchedule(karras, [], 3, plain), { timesteps: [3, 2, 0], sigmas: [8, middle, 1, 0] });
    levels(discreteSchedule(karras, [], 3, { ...plain, roundKarras: false }), { timesteps: [3, 1, 0], sigmas: [8, middle, 1, 0] });
  });

  it('of Lu are even in λ', () => {
    levels(luSchedule(config(), 4), { timesteps: [3, 2, 1, 0], sigmas: [8, 4, 2, 1, 0] });
    levels(luSchedule(config({ final_sigmas_type: 'sigma_min' }), 3), { timesteps: [3, 2, 0], sigmas: [8, Math.sqrt(8), 1, 1] }); // 1.5 to the even one
    levels(luSchedule(config({ beta_schedule: 'squaredcos_cap_v2' }), 3), { timesteps: [3, 1, 0], sigmas: [8, Math.sqrt(8), 1, 0] });
  });

  it('of a flow are even in σ and short of pure noise, shifted by a constant or by the picture', () => {
    const flow = (fields: object = {}) => config({ ...FLOW, num_train_timesteps: 1000, trained_betas: null, ...fields });
    const options = { imageSequenceLength: undefined, endOfShape: true };
    levels(evenFlowSchedule(flow(), 2, options), { timesteps: [999, 499], sigmas: [0.999, 0.4995, 0] });
    const shifted = [0.999, 0.4995].map((sigma) => (3 * sigma) / (1 + 2 * sigma));
    const expected = { timesteps: shifted.map((sigma) => Math.floor(1000 * sigma)), sigmas: [...shifted, shifted[1]!] };
    levels(evenFlowSchedule(flow({ flow_shift: 3, final_sigmas_type: 'sigma_min' }), 2, options), expected);
    const byPicture = flow({ use_dynamic_shifting: true, base_shift: Math.log(3), max_shift: 5, base_image_seq_len: 64, final_sigmas_type: 'sigma_min' });
    levels(evenFlowSchedule(byPicture, 2, { ...options, imageSequenceLength: 64 }), expected);
    // DPM-Solver's last level is the first trained one of a diffusion model: β is 1e-4 there.
    const lowest = evenFlowSchedule(flow({ final_sigmas_type: 'sigma_min' }), 2, { ...options, endOfShape: false }).sigmas[2]!;
    near(Float32Array.of(lowest), [Math.sqrt(1e-4 / (1 - 1e-4))], 1e-5);
  });

  it('end at nothing, or at the lowest', () => {
    assert.deepEqual([...withEnd({ final_sigmas_type: 'zero' }, [4, 2], 1)], [4, 2, 0]);
    assert.deepEqual([...withEnd({ final_sigmas_type: 'sigma_min' }, [4, 2], 1)], [4, 2, 1]);
  });

  it('begin where λ is not below the lowest that the file wants', () => {
    // λ = −log σ is 0, −0.69, −1.39 and −2.08.
    assert.deepEqual([-Infinity, -2.1, -2, -1.3, -0.1].map((lambda_min_clipped) => lastTimestep(config({ lambda_min_clipped }))), [4, 4, 3, 2, 1]);
  });
});
