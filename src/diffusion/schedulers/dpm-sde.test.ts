import assert from 'node:assert/strict';
import { near } from '../test-support/near';
import { trainedAt } from '../test-support/trained-at';
import { refuse, walk } from '../test-support/walk';
import { readFields } from './config';
import { DpmSdeScheduler } from './dpm-sde';
import type { SchedulerOptions } from './scheduler';

/** Levels 4, 1 and 0, with 2 between the first two; every interval of the path is worth `value`. */
function sde(value: number, fields: object = {}, asked: number[][] = []): DpmSdeScheduler {
  const path: SchedulerOptions['path'] = (...ends) => {
    asked.push(ends.map(Number));
    return { between: (from, to) => (asked.push([from, to]), Float32Array.of(value)) };
  };
  return new DpmSdeScheduler(readFields('DPMSolverSDEScheduler', { ...trainedAt(1, 4), ...fields }), 2, 0, path);
}
/** ε of latents x₀ + σ ε. */
const towards = (x0: number, sigma: number) => (sample: Float32Array) => sample.map((x) => (x - x0) / sigma);

describe('DPM++ SDE', () => {
  it('goes halfway in log σ and then all of the way, each time with ancestral noise', () => {
    const scheduler = sde(3);
    assert.equal(scheduler.order, 2);
    near(Float32Array.from(scheduler.timesteps), [1, 0.5, 0], 1e-6);
    near(scheduler.scaleModelInput(Float32Array.of(Math.sqrt(5)), 1), [1], 1e-6);
    const step = (i: number, sample: number, x0: number, sigma: number) => scheduler.step({ modelOutput: towards(x0, sigma)(Float32Array.of(sample)), i, sample: Float32Array.of(sample), noise: refuse });
    // Down from 4 to 2²/4 = 1, so a quarter of the way is left, and √3 up to 2.
    near(step(0, 9, 1, 4), [1 + 8 / 4 + Math.sqrt(3) * 3], 1e-5);
    // From the start again, with the x₀ seen halfway: down to 1/4, a sixteenth, and √15/4 up to 1.
    near(step(1, 5, 2, 2), [2 + 7 / 16 + (Math.sqrt(15) / 4) * 3], 1e-5);
    near(step(2, 5, -2, 1), [-2], 1e-5);
  });

  it('asks its path about its own levels, from the lowest to the highest', () => {
    const asked: number[][] = [];
    walk(sde(0, { noise_sampler_seed: 7 }, asked), Float32Array.of(1), () => Float32Array.of(0));
    asked.forEach((numbers, k) => near(Float32Array.from(numbers), [[1, 4, 7], [4, 2], [4, 1]][k]!, 1e-6));
    assert.equal(asked.length, 3, 'no noise at the end');
  });

  it('lays Karras’ levels between its own ends', () => {
    near(Float32Array.of(sde(0, { use_karras_sigmas: true, sigma_min: 0.1, sigma_max: 9 }).initNoiseSigma), [4], 1e-6);
  });

  it('needs a path', () => {
    assert.throws(() => new DpmSdeScheduler(readFields('DPMSolverSDEScheduler', {}), 2, 0, undefined), { name: 'SchedulerError', message: 'DPM++ SDE needs a Brownian path for its noise, and none was given' });
    assert.throws(() => sde(0, { prediction_type: 'sample' }), /DPMSolverSDEScheduler cannot walk/);
  });
});
