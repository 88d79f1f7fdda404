import assert from 'node:assert/strict';
import { near } from '../test-support/near';
import { readFields, type SigmaShapeConfig } from './config';
import { logOf, shapeSigmas, sigmaToTimestep } from './sigma-shapes';

const config = (fields: object): SigmaShapeConfig => readFields('EulerDiscreteScheduler', { ...fields });
const [KARRAS, EXPONENTIAL, BETA] = [{ use_karras_sigmas: true }, { use_exponential_sigmas: true }, { use_beta_sigmas: true }];
const shaped = (fields: object, natural: readonly number[], steps: number) => Float32Array.from(shapeSigmas(config(fields), natural, steps)!);

describe('the shape of noise levels', () => {
  it('of Karras is even in σ^(1/7)', () => {
    near(shaped(KARRAS, [128, 7, 1], 3), [128, 1.5 ** 7, 1], 1e-6); // 2⁷ to 1⁷
    near(shaped(KARRAS, [3 ** 7, 1], 5), [3, 2.5, 2, 1.5, 1].map((root) => root ** 7), 1e-6);
  });

  it('may be even in log σ', () => {
    near(shaped(EXPONENTIAL, [100, 1], 5), [100, 10 ** 1.5, 10, 10 ** 0.5, 1], 1e-6);
  });

  it('may crowd at both ends, as quantiles of a Beta distribution', () => {
    // scipy.stats.beta.ppf(p, 0.6, 0.6) at 1, 0.9, 0.3 and 0.1
    const levels = shaped(BETA, [11, 1], 11);
    near(Float32Array.of(levels[0]!, levels[1]!, levels[7]!, levels[9]!), [11, 1 + 9.604155944112192, 1 + 2.3401700387523572, 1 + 0.3958440558878085], 1e-6);
    near(shaped(BETA, [11, 1], 3), [11, 6, 1], 1e-6);
  });

  it('goes between the ends of the file, where it has some', () => {
    for (const shape of [KARRAS, EXPONENTIAL, BETA]) {
      const levels = shaped(shape, [9, 5, 2], 4);
      near(Float32Array.of(levels[0]!, levels[3]!), [9, 2], 1e-6);
      const set = shaped({ ...shape, sigma_min: 0.5, sigma_max: 20 }, [9, 5, 2], 4);
      near(Float32Array.of(set[0]!, set[3]!), [20, 0.5], 1e-6);
      assert.ok(set.every((level, k) => k === 0 || level < set[k - 1]!), 'falling');
    }
  });

  it('is the natural one by itself, and one alone', () => {
    assert.equal(shapeSigmas(config({}), [9, 1], 2), null);
    for (const two of [{ ...KARRAS, ...BETA }, { ...KARRAS, ...EXPONENTIAL }, { ...EXPONENTIAL, ...BETA }]) {
      assert.throws(() => shapeSigmas(config(two), [9, 1], 2), { name: 'SchedulerError', message: 'scheduler_config.json asks for more than one of Karras, exponential and beta sigmas; choose one schedule type' });
    }
  });
});

describe('the timestep of a noise level', () => {
  const table = logOf(Float32Array.of(1, 2, 8, 16));

  it('is linear in log σ', () => {
    near(Float32Array.from([1, Math.SQRT2, 2, 4, 8, 16].map((sigma) => sigmaToTimestep(sigma, table))), [0, 0.5, 1, 1.5, 2, 3], 1e-6);
  });

  it('stays within the table', () => {
    assert.deepEqual([0, 0.5, 17, 1e9].map((sigma) => sigmaToTimestep(sigma, table)), [0, 0, 3, 3]);
  });

  it('is the highest where zero terminal SNR left levels out of order', () => {
    near(Float32Array.of(sigmaToTimestep(4, logOf(Float32Array.of(1, 2, 8, 2, 8)))), [3.5], 1e-6);
  });
});
