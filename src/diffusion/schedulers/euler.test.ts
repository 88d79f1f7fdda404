import assert from 'node:assert/strict';
import { near } from '../test-support/near';
import { trainedAt } from '../test-support/trained-at';
import { GAUSSIAN_WALK, gaussianSigma, orderOf, refuse, walk } from '../test-support/walk';
import { readFields } from './config';
import { EulerScheduler } from './euler';

const euler = (fields: object = {}, steps = 4) => new EulerScheduler(readFields('EulerDiscreteScheduler', { ...trainedAt(1, 2, 3, 4), ...fields }), steps, 0);

describe("Euler's method", () => {
  it('moves along ε by the difference of the levels', () => {
    // σ 4, 3, 2, 1, 0
    near(euler().step({ modelOutput: Float32Array.of(0.5, -2), i: 0, sample: Float32Array.of(1, 10), noise: refuse }), [0.5, 12], 1e-6);
    near(walk(euler(), Float32Array.of(1), (_, i) => Float32Array.of([1, 2, 4, 8][i]!)), [1 - 15], 1e-6);
    near(walk(euler({ final_sigmas_type: 'sigma_min' }), Float32Array.of(1), (_, i) => Float32Array.of([1, 2, 4, 8][i]!)), [1 - 7], 1e-6); // σ 4, 3, 2, 1, 1
  });

  it('goes the right part of the way to x₀, and arrives', () => {
    const x0 = Float32Array.of(2, -1);
    const sampled = { prediction_type: 'sample' };
    near(walk(euler(sampled), Float32Array.of(10, 3), () => x0, 1), [8, 2], 1e-6);
    assert.deepEqual(walk(euler(sampled), Float32Array.of(10, 3), () => x0), x0);
  });

  it('is of first order', () => {
    const order = orderOf((steps) => {
      const scheduler = euler({ ...GAUSSIAN_WALK, prediction_type: 'sample' }, steps + 1);
      return walk(scheduler, Float32Array.of(10), (sample, i) => sample.map((x) => x / (1 + gaussianSigma(i / steps) ** 2)), steps)[0]!;
    });
    assert.ok(Math.abs(order - 1) < 0.15, `${order}`);
  });

  it('tells models of continuous time log σ / 4', () => {
    near(Float32Array.from(euler({ timestep_type: 'continuous', prediction_type: 'v_prediction' }).timesteps), [4, 3, 2, 1].map((sigma) => Math.log(sigma) / 4), 1e-6);
    assert.deepEqual(euler({ timestep_type: 'continuous' }).timesteps, [3, 2, 1, 0], 'of v alone');
  });

  it('is linear, and does not know a flow’s velocity', () => {
    assert.deepEqual([euler().kind, euler().order, euler().isLinear], ['discrete', 1, true]);
    assert.throws(() => euler({ prediction_type: 'flow_prediction' }), /^SchedulerError: EulerDiscreteScheduler cannot walk a model with prediction_type "flow_prediction"/);
  });
});
