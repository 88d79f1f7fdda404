import assert from 'node:assert/strict';
import { near } from '../test-support/near';
import { trainedAt } from '../test-support/trained-at';
import { refuse } from '../test-support/walk';
import { readFields } from './config';
import { DdpmScheduler } from './ddpm';

/** ᾱ 0.64, then 0.36. */
const TABLE = { ...trainedAt(0.75, 4 / 3), clip_sample: false };
const ddpm = (fields: object = {}) => new DdpmScheduler(readFields('DDPMScheduler', { ...TABLE, ...fields }), 2, 0);
const [x0, noise, fresh] = [Float32Array.of(2, -3), Float32Array.of(0.5, 1), Float32Array.of(-2, 4)];
const latents = x0.map((value, k) => 0.6 * value + 0.8 * noise[k]!);
const step = (fields: object = {}) => ddpm(fields).step({ modelOutput: noise, i: 0, sample: latents, noise: () => fresh });

describe('ancestral sampling', () => {
  it('draws from the posterior of the last level, given the picture', () => {
    // Bayes: the picture says x′ ~ N(0.8 x₀, 0.36), the latents say x = √α x′ + √(1 − α) ε with α = 0.36/0.64.
    const alpha = 0.5625;
    const precision = 1 / 0.36 + alpha / (1 - alpha);
    const posterior = (original: Float32Array, deviation: number) => original.map((value, k) => ((0.8 * value) / 0.36 + (Math.sqrt(alpha) * latents[k]!) / (1 - alpha)) / precision + deviation * fresh[k]!);
    near(step(), posterior(x0, Math.sqrt(1 / precision)), 1e-6);
    near(step({ variance_type: 'fixed_large' }), posterior(x0, Math.sqrt(1 - alpha)), 1e-6);
    near(step({ clip_sample: true }), posterior(Float32Array.of(1, -1), Math.sqrt(1 / precision)), 1e-6);
  });

  it('ends at the picture, without noise', () => {
    near(ddpm({ prediction_type: 'sample' }).step({ modelOutput: x0, i: 1, sample: latents, noise: refuse }), x0, 1e-6);
  });

  it('does not know variances that are learned', () => {
    for (const variance_type of ['learned', 'learned_range', 'fixed_large_log']) {
      assert.throws(() => ddpm({ variance_type }), { name: 'SchedulerError', message: `variance_type "${variance_type}" is not supported; use a model of fixed variance, or a sampler like DDIM` });
    }
    assert.throws(() => ddpm({ prediction_type: 'flow_prediction' }), /DDPMScheduler cannot walk/);
  });
});
