import assert from 'node:assert/strict';
import { near } from '../test-support/near';
import { trainedAt } from '../test-support/trained-at';
import { readFields } from './config';
import { ownEnds, sigmaSchedule } from './sigma-schedule';

const config = (fields: object = {}) => readFields('EulerDiscreteScheduler', { ...trainedAt(1, 2, 4, 8), ...fields });
const list = (values: readonly number[]) => Float32Array.from(values);

describe("the levels of Euler's family", () => {
  it('are those of the timesteps, linear between them', () => {
    const { timesteps, sigmas, lowest, logSigmas } = sigmaSchedule(config(), 3);
    assert.deepEqual(timesteps, [3, 1.5, 0]);
    near(list(sigmas), [8, 3, 1], 1e-6);
    near(list([lowest]), [1], 1e-6);
    near(logSigmas, [1, 2, 4, 8].map(Math.log), 1e-6);
  });

  it('may be laid out evenly in log σ, one more than there are timesteps', () => {
    const { timesteps, sigmas } = sigmaSchedule(config(), 3, 'log_linear');
    assert.deepEqual(timesteps, [3, 1.5, 0]);
    near(list(sigmas), [8, 4, 2, 1], 1e-6);
  });

  it('may have a shape of their own, and then the timesteps follow', () => {
    const { timesteps, sigmas } = sigmaSchedule(config({ use_exponential_sigmas: true }), 7);
    near(list(sigmas), [8, 8 / Math.SQRT2, 4, 4 / Math.SQRT2, 2, Math.SQRT2, 1], 1e-6);
    near(list(timesteps), [3, 2.5, 2, 1.5, 1, 0.5, 0], 1e-6);
    assert.deepEqual(timesteps, timesteps.map(Math.fround));
  });

  it('reach down from almost pure noise where the file asks for zero terminal SNR', () => {
    const [highest] = sigmaSchedule(config({ rescale_betas_zero_snr: true }), 4).sigmas;
    near(list([highest!]), [4096], 1e-6); // ᾱ is 2⁻²⁴
  });

  it("end where the trained ones end, for classes that pay no heed to the file's ends", () => {
    const ends = { sigma_min: 0.5, sigma_max: 9 };
    assert.deepEqual(ownEnds({ ...ends, use_karras_sigmas: true, use_exponential_sigmas: false, use_beta_sigmas: false }), { sigma_min: null, sigma_max: null, use_karras_sigmas: true, use_exponential_sigmas: false, use_beta_sigmas: false });
    const exponential = { ...ends, use_karras_sigmas: false, use_exponential_sigmas: true, use_beta_sigmas: false };
    assert.equal(ownEnds(exponential), exponential);
  });
});
