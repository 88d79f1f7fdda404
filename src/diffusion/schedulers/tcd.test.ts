import assert from 'node:assert/strict';
import { near } from '../test-support/near';
import { levelOf, trainedAt } from '../test-support/trained-at';
import { refuse } from '../test-support/walk';
import { readFields } from './config';
import { TcdScheduler } from './tcd';

const SIGMAS = [0.5, 0.8, 1, 1.5, 2, 2.5, 3, 4];
const tcd = (eta: number, steps = 2, fields: object = {}) => new TcdScheduler(readFields('TCDScheduler', { ...trainedAt(...SIGMAS), original_inference_steps: 4, ...fields }), steps, 0, eta);
const [x0, noise, fresh] = [Float32Array.of(2, -3), Float32Array.of(0.5, 1), Float32Array.of(-2, 4)];
const at = (timestep: number) => {
  const { signal, noise: amount } = levelOf(SIGMAS[timestep]!);
  return x0.map((value, k) => signal * value + amount * noise[k]!);
};

describe('TCD', () => {
  it('without γ goes from level to level along its ε, to the first trained one', () => {
    assert.deepEqual(tcd(0).timesteps, [7, 3]);
    near(tcd(0).step({ modelOutput: noise, i: 0, sample: at(7), noise: refuse }), at(3), 1e-5);
    near(tcd(0).step({ modelOutput: noise, i: 1, sample: at(3), noise: refuse }), at(0), 1e-5);
  });

  it('with γ goes below the next level and back up with fresh noise', () => {
    // ⌊(1 − γ) 3⌋ is 1 for a half, 0 for all.
    for (const [eta, below] of [[0.5, 1], [0.2, 2], [1, 0]] as const) {
      const share = levelOf(SIGMAS[3]!).alphaBar / levelOf(SIGMAS[below]!).alphaBar;
      const expected = at(below).map((value, k) => Math.sqrt(share) * value + Math.sqrt(1 - share) * fresh[k]!);
      near(tcd(eta).step({ modelOutput: noise, i: 0, sample: at(7), noise: () => fresh }), expected, 1e-5);
    }
  });

  it('adds none at the end', () => {
    near(tcd(0.5).step({ modelOutput: noise, i: 1, sample: at(3), noise: refuse }), at(0), 1e-5);
  });

  it('counts in float32 where a product falls on a timestep', () => {
    // (1 − 0.8) · 5 is 1 in float32, and a little less in doubles.
    const share = levelOf(SIGMAS[5]!).alphaBar / levelOf(SIGMAS[1]!).alphaBar;
    const expected = at(1).map((value, k) => Math.sqrt(share) * value + Math.sqrt(1 - share) * fresh[k]!);
    near(tcd(0.8, 4).step({ modelOutput: noise, i: 0, sample: at(7), noise: () => fresh }), expected, 1e-5);
  });

  it('is refused what it does not know', () => {
    assert.throws(() => tcd(0.3, 5), /5 steps are more than the 4/);
    assert.throws(() => tcd(0.3, 2, { prediction_type: 'flow_prediction' }), /TCDScheduler cannot walk/);
  });
});
