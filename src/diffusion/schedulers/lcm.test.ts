import assert from 'node:assert/strict';
import { near } from '../test-support/near';
import { levelOf, trainedAt } from '../test-support/trained-at';
import { refuse } from '../test-support/walk';
import { readFields } from './config';
import { LcmScheduler } from './lcm';

const TABLE = { ...trainedAt(0.75, 1, 4 / 3, 2), original_inference_steps: 4, prediction_type: 'sample' };
const lcm = (fields: object = {}, steps = 2, strength = 1) => new LcmScheduler(readFields('LCMScheduler', { ...TABLE, ...fields }), steps, 0, strength);
const [x0, sample, fresh] = [Float32Array.of(2, -3), Float32Array.of(0.5, 1), Float32Array.of(-2, 4)];

describe('LCM', () => {
  it('goes to x₀ and back up to the next level with fresh noise', () => {
    assert.deepEqual(lcm().timesteps, [3, 1]);
    // So far from timestep 0 that the sample itself has no part in the answer.
    const { signal, noise } = levelOf(1);
    near(lcm({ timestep_scaling: 1e6 }).step({ modelOutput: x0, i: 0, sample, noise: () => fresh }), x0.map((value, k) => signal * value + noise * fresh[k]!), 1e-6);
    near(lcm({ timestep_scaling: 1e6 }).step({ modelOutput: x0, i: 1, sample, noise: refuse }), x0, 1e-6);
  });

  it('answers with more of the sample the nearer timestep 0 is, and there with nothing else', () => {
    // c_skip = 0.5²/(t² + 0.5²), c_out = t/√(t² + 0.5²), of scaled timesteps t.
    const last = (scaling: number) => lcm({ timestep_scaling: scaling }).step({ modelOutput: x0, i: 1, sample, noise: refuse });
    near(last(0.5), x0.map((value, k) => Math.SQRT1_2 * value + 0.5 * sample[k]!), 1e-6);
    near(last(1), x0.map((value, k) => value / Math.sqrt(1.25) + 0.2 * sample[k]!), 1e-6);
    assert.equal(lcm({}, 4).timesteps[3], 0);
    assert.deepEqual(lcm({}, 4).step({ modelOutput: x0, i: 3, sample, noise: refuse }), sample);
  });

  it('reads ε at its own level, and limits x₀', () => {
    const { signal, noise } = levelOf(2);
    const latents = x0.map((value, k) => signal * value + noise * fresh[k]!);
    const only = { timestep_scaling: 1e6, prediction_type: 'epsilon' };
    near(lcm(only, 1).step({ modelOutput: fresh, i: 0, sample: latents, noise: refuse }), x0, 1e-5);
    near(lcm({ ...only, clip_sample: true }, 1).step({ modelOutput: fresh, i: 0, sample: latents, noise: refuse }), [1, -1], 1e-5);
  });

  it('takes its steps from the part of the schedule that a strength leaves', () => {
    assert.deepEqual(lcm({}, 2, 0.5).timesteps, [1, 0]);
    assert.throws(() => lcm({ prediction_type: 'flow_prediction' }), /LCMScheduler cannot walk/);
  });
});
