import assert from 'node:assert/strict';
import { near } from '../test-support/near';
import { alphasCumprod, positiveAlphasCumprod, trainingSigmas } from './alphas';
import { readFields, type BetaConfig } from './config';

const config = (fields: object): BetaConfig => readFields('DDIMScheduler', { num_train_timesteps: 3, ...fields });
/** √ᾱ of 0.9, 0.6 and 0.3. */
const ROOTS = { trained_betas: [0.19, 1 - 0.36 / 0.81, 0.75] };

describe('ᾱ', () => {
  it('is the product of what each β leaves', () => {
    near(alphasCumprod(config({ beta_schedule: 'linear', beta_start: 0.1, beta_end: 0.4, num_train_timesteps: 4 })), [0.9, 0.9 * 0.8, 0.9 * 0.8 * 0.7, 0.9 * 0.8 * 0.7 * 0.6], 1e-7);
    near(alphasCumprod(config({ beta_schedule: 'scaled_linear', beta_start: 0.01, beta_end: 0.09 })), [0.99, 0.99 * 0.96, 0.99 * 0.96 * 0.91], 1e-7); // √β 0.1, 0.2, 0.3
    near(alphasCumprod(config(ROOTS)), [0.81, 0.36, 0.09], 1e-7);
  });

  it('follows a given curve, of which no step takes more than 0.999', () => {
    const cosine = (t: number) => Math.cos(((t + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
    const [quarter, half, most] = [0.25, 0.5, 0.75].map((t) => cosine(t) / cosine(0));
    near(alphasCumprod(config({ beta_schedule: 'squaredcos_cap_v2', num_train_timesteps: 4 })), [quarter!, half!, most!, most! * 0.001], 1e-7);
    near(alphasCumprod(config({ beta_schedule: 'exp', num_train_timesteps: 6 })), [2, 4, 6, 8, 10, 12].map((x) => Math.exp(-x)), 1e-7);
  });

  it('ends at nothing for zero terminal SNR: its root is shifted and stretched', () => {
    const zero = { ...ROOTS, rescale_betas_zero_snr: true };
    near(alphasCumprod(config(zero)), [0.81, 0.45 ** 2, 0], 1e-6); // (√ᾱ − 0.3) · 0.9/0.6
    assert.equal(alphasCumprod(config(zero))[2], 0);
    assert.deepEqual([...positiveAlphasCumprod(config(zero))], [...alphasCumprod(config(zero)).subarray(0, 2), 2 ** -24]);
    assert.deepEqual(positiveAlphasCumprod(config(ROOTS)), alphasCumprod(config(ROOTS)));
  });

  it('is the noise level σ = √((1 − ᾱ)/ᾱ)', () => {
    near(trainingSigmas(Float32Array.of(0.5, 0.2, 0.1)), [1, 2, 3], 1e-6);
  });

  it('is refused where β are not of the model, or no noise levels', () => {
    assert.throws(() => alphasCumprod(config({ trained_betas: [0.1, 0.2] })), { name: 'SchedulerError', message: 'scheduler_config.json: 2 trained_betas for 3 timesteps; fetch the model again' });
    const none = /^scheduler_config\.json: its betas \(beta_start .*, beta_end .*\) are no noise levels; fetch the model again$/;
    for (const betas of [[0.1, 1, 0.1], [0.1, 0.2, 1.5], [-0.1, 0.1, 0.1]]) assert.throws(() => alphasCumprod(config({ trained_betas: betas })), { name: 'SchedulerError', message: none });
    assert.equal(alphasCumprod(config({ trained_betas: [0.1, 0.2, 1] }))[2], 0, 'the last may be 0');
  });
});
