import assert from 'node:assert/strict';
import { near } from '../test-support/near';
import { refuse, walk } from '../test-support/walk';
import { readFields } from './config';
import { FlowMatchEulerScheduler, FlowMatchHeunScheduler, FlowMatchLcmScheduler } from './flow-match';

const SIGMAS = [1, 0.5, 0.2];
const euler = (fields: object = {}, sigmas: readonly number[] | null = SIGMAS, steps = 3) =>
  new FlowMatchEulerScheduler(readFields('FlowMatchEulerDiscreteScheduler', { ...fields }), steps, 0, { ...(sigmas && { sigmas }) });
const heun = (fields: object = {}) => new FlowMatchHeunScheduler(readFields('FlowMatchHeunDiscreteScheduler', { ...fields }), 3, 0, { sigmas: SIGMAS });
const lcm = (fields: object = {}) => new FlowMatchLcmScheduler(readFields('FlowMatchLCMScheduler', { ...fields }), 3, 0, { sigmas: SIGMAS });
const [x0, noise] = [Float32Array.of(2, -1), Float32Array.of(0.5, 3)];
const velocity = noise.map((value, k) => value - x0[k]!);

describe("flow matching by Euler's method", () => {
  it('goes straight from noise to the picture', () => {
    assert.deepEqual([euler().kind, euler().order, euler().initNoiseSigma], ['flow', 1, 1]);
    near(euler().step({ modelOutput: velocity, i: 0, sample: noise, noise: refuse }), [1.25, 1], 1e-6); // halfway
    near(euler().step({ modelOutput: velocity, i: 1, sample: Float32Array.of(1.25, 1), noise: refuse }), [1.7, -0.2], 1e-6); // 0.8 x₀ + 0.2 ε
    near(walk(euler(), noise, () => velocity), x0, 1e-6);
    near(euler().predictOriginal(velocity, 1, Float32Array.of(1.25, 1)), x0, 1e-6);
    near(euler().addNoise(x0, noise, 2), [1.7, -0.2], 1e-6);
    assert.equal(euler().addNoise(x0, noise, 3), x0);
  });

  it('lays its levels evenly, with the constant shift at the ends and once more everywhere', () => {
    near(Float32Array.from(euler({}, null, 4).timesteps), [1000, 667, 334, 1], 1e-6);
    const shift = (sigma: number) => (3 * sigma) / (1 + 2 * sigma);
    const low = shift(0.001);
    near(Float32Array.from(euler({ shift: 3 }, null).timesteps), [1000, 1000 * shift((1 + low) / 2), 1000 * shift(low)], 1e-6);
    near(Float32Array.from(euler({ shift: 3 }).timesteps), [1000, 750, 1000 * (0.6 / 1.4)], 1e-6);
    near(Float32Array.from(euler({ shift_terminal: 0.1 }).timesteps), [1000, 437.5, 100], 1e-6); // 1 − σ: 0, 0.5, 0.8 by 9/8
    const dynamic = readFields('FlowMatchEulerDiscreteScheduler', { use_dynamic_shifting: true, base_shift: Math.log(3), max_shift: Math.log(3), shift: 7 });
    near(Float32Array.from(new FlowMatchEulerScheduler(dynamic, 3, 0, { sigmas: SIGMAS, imageSequenceLength: 64 }).timesteps), [1000, 750, 1000 * (0.6 / 1.4)], 1e-6);
  });

  it('walks the other way where the file inverts σ', () => {
    const inverted = euler({ invert_sigmas: true });
    near(Float32Array.from(inverted.timesteps), [0, 500, 800], 1e-6);
    near(walk(inverted, x0, () => velocity), noise, 1e-6);
  });

  it('takes fresh noise at every step for consistency models, and says that it is not linear', () => {
    assert.deepEqual([euler().isLinear, euler({ stochastic_sampling: true }).isLinear, lcm().isLinear], [true, false, false]);
    const fresh = Float32Array.of(-1, 1);
    for (const scheduler of [lcm(), euler({ stochastic_sampling: true })]) {
      near(scheduler.step({ modelOutput: velocity, i: 0, sample: noise, noise: () => fresh }), [0.5 * 2 - 0.5, -0.5 + 0.5], 1e-6);
      near(scheduler.step({ modelOutput: velocity, i: 2, sample: Float32Array.of(1.7, -0.2), noise: () => fresh }), x0, 1e-6);
    }
    assert.throws(() => lcm({ scale_factors: [0.5, 1] }), { name: 'SchedulerError', message: /^scheduler_config\.json: scale_factors .* are not supported; choose the sampler Euler$/ });
  });
});

describe("flow matching by Heun's method", () => {
  it('is exact where the velocity is linear in σ', () => {
    // v = a + b σ, so x(σ) = c + a σ + b σ²/2.
    const [a, b] = [2, -3];
    const exact = (sigma: number) => 1 + a * sigma + (b * sigma ** 2) / 2;
    const scheduler = heun();
    const levels = [1, 0.5, 0.5, 0.2, 0.2];
    assert.deepEqual([scheduler.timesteps, scheduler.order], [levels.map((sigma) => Math.fround(1000 * Math.fround(sigma))), 2]);
    const answer = (_: Float32Array, i: number) => Float32Array.of(a + b * levels[i]!);
    near(walk(scheduler, Float32Array.of(exact(1)), answer, 4), [exact(0.2)], 1e-6);
    near(walk(heun(), Float32Array.of(exact(1)), answer), [exact(0.2) - 0.2 * (a + b * 0.2)], 1e-6); // and Euler's at the end
  });

  it('looks at the end of the Euler step', () => {
    near(walk(heun(), noise, () => velocity, 1), [1.25, 1], 1e-6);
  });
});
