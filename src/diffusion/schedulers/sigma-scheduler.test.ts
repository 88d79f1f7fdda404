import assert from 'node:assert/strict';
import { near } from '../test-support/near';
import { readFields } from './config';
import { SigmaScheduler, twice } from './sigma-scheduler';

/** Shows what schedulers of this kind are given. */
class Bare extends SigmaScheduler {
  override readonly className = 'Bare';
  override readonly order = 1;
  override step = () => assert.fail('takes no steps');
}

const bare = (fields: object = {}) => new Bare(readFields('EulerDiscreteScheduler', { ...fields }), [1, 0], Float32Array.of(0.75, 4 / 3, 0), 0);
const [x0, noise] = [Float32Array.of(2, -3), Float32Array.of(0.5, 1)];
/** x₀ + 4/3 ε. */
const latents = Float32Array.of(2 + 2 / 3, -3 + 4 / 3);

describe('schedulers in σ', () => {
  it('add σ times the noise, and none after the last call', () => {
    near(bare().addNoise(x0, noise, 1), latents, 1e-6);
    assert.equal(bare().addNoise(x0, noise, 2), x0);
  });

  it('show the model latents of unit variance', () => {
    near(bare().scaleModelInput(Float32Array.of(5, -10), 0), [4, -8], 1e-6); // √(0.75² + 1) = 5/4
    near(bare().scaleModelInput(Float32Array.of(5, -10), 1), [3, -6], 1e-6);
  });

  it('begin at the highest level, or at its latents’ deviation where the timesteps lead', () => {
    near(Float32Array.of(...['linspace', 'trailing', 'leading'].map((timestep_spacing) => bare({ timestep_spacing }).initNoiseSigma)), [4 / 3, 4 / 3, 5 / 3], 1e-6);
  });

  it('read x₀ in whatever the model says about the scaled latents', () => {
    const velocity = x0.map((value, k) => 0.6 * noise[k]! - 0.8 * value); // signal 0.6, noise 0.8
    for (const [prediction_type, output] of Object.entries({ epsilon: noise, v_prediction: velocity, sample: x0 })) near(bare({ prediction_type }).predictOriginal(output, 1, latents), x0, 1e-6);
  });

  it('of second order visit all levels but the ends twice', () => {
    assert.deepEqual([...twice([4, 3, 2, 0])], [4, 3, 3, 2, 2, 0]);
    assert.deepEqual([...twice([4, 0])], [4, 0]);
  });
});
