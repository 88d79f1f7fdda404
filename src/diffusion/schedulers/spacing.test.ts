import assert from 'node:assert/strict';
import { readFields } from './config';
import { fractionalTimesteps, multistepTimesteps, wholeTimesteps } from './spacing';

type Spacing = 'leading' | 'linspace' | 'trailing';
const config = (timestep_spacing: Spacing, fields: object = {}) => readFields('DDIMScheduler', { timestep_spacing, ...fields });

describe('the timesteps of a run', () => {
  // Counted from 1 there; 10 of 1000 steps.
  const PAPER: Record<Spacing, number[]> = {
    leading: [901, 801, 701, 601, 501, 401, 301, 201, 101, 1],
    linspace: [1000, 889, 778, 667, 556, 445, 334, 223, 112, 1],
    trailing: [1000, 900, 800, 700, 600, 500, 400, 300, 200, 100],
  };
  for (const [spacing, counted] of Object.entries(PAPER)) {
    it(`${spacing}: those of Lin et al., table 2`, () => {
      const whole = counted.map((timestep) => timestep - 1);
      assert.deepEqual(wholeTimesteps(config(spacing as Spacing), 10), whole);
      assert.deepEqual(fractionalTimesteps(config(spacing as Spacing), 10), whole);
    });
  }

  it('may be fractional where they are laid out evenly, in float32', () => {
    assert.deepEqual(fractionalTimesteps(config('linspace'), 5), [999, 749.25, 499.5, 249.75, 0]);
    assert.deepEqual(wholeTimesteps(config('linspace'), 5), [999, 749, 500, 250, 0]); // 499.5 to the even one
    assert.deepEqual(fractionalTimesteps(config('linspace'), 4).map(Math.fround), fractionalTimesteps(config('linspace'), 4));
  });

  it('start at the offset of the file where they lead', () => {
    assert.deepEqual(wholeTimesteps(config('leading', { steps_offset: 1 }), 4), [751, 501, 251, 1]);
    assert.deepEqual(wholeTimesteps(config('trailing', { steps_offset: 1 }), 4), [999, 749, 499, 249]);
    assert.deepEqual(wholeTimesteps(config('leading'), 3), [666, 333, 0]);
  });

  it('of multistep solvers leave out the lowest of one more', () => {
    assert.deepEqual(multistepTimesteps(config('linspace'), 3, 1000), [999, 666, 333]);
    assert.deepEqual(multistepTimesteps(config('leading', { steps_offset: 1 }), 3, 1000), [751, 501, 251]);
    assert.deepEqual(multistepTimesteps(config('trailing'), 4, 1000), [999, 749, 499, 249]);
    // Only 800 may be visited.
    assert.deepEqual(multistepTimesteps(config('linspace'), 2, 801), [800, 400]);
    assert.deepEqual(multistepTimesteps(config('leading'), 3, 800), [600, 400, 200]);
    assert.deepEqual(multistepTimesteps(config('trailing'), 4, 800), [799, 549, 299, 49]);
  });
});
