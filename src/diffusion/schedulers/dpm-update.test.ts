import assert from 'node:assert/strict';
import { integral } from '../test-support/integral';
import { levelOf } from '../test-support/trained-at';
import { noiseFactor, outputFactors, sampleFactor, type DpmAlgorithm, type DpmStep } from './dpm-update';
import type { Level } from './lambda-scheduler';

const at = (edmSigma: number): Level => {
  const { signal, noise, lambda } = levelOf(edmSigma);
  return { alpha: signal, sigma: noise, lambda };
};
const [from, middle, to] = [at(3), at(1.5), at(1)];
const h = Math.log(3);
const near = (actual: number, expected: number, what: string) => assert.ok(Math.abs(actual - expected) < 1e-9, `${what}: ${actual} is not ${expected}`);
const ALGORITHMS: readonly DpmAlgorithm[] = ['dpmsolver', 'dpmsolver++', 'sde-dpmsolver', 'sde-dpmsolver++'];
const step = (algorithm: DpmAlgorithm, more: Partial<DpmStep> = {}): DpmStep => ({ algorithm, solver: 'heun', from, to, ...more });

describe('the update of DPM-Solver', () => {
  // What is integrated over the step, u from 0 to 1: σ′/σ and α′/α are e^−h σ-wise, and an SDE decays twice as fast in x₀.
  const KERNELS: Record<DpmAlgorithm, (u: number) => number> = {
    'dpmsolver++': (u) => to.alpha * h * Math.exp(-h * (1 - u)),
    'dpmsolver': (u) => -to.sigma * h * Math.exp(h * (1 - u)),
    'sde-dpmsolver++': (u) => to.alpha * 2 * h * Math.exp(-2 * h * (1 - u)),
    'sde-dpmsolver': (u) => -2 * to.sigma * h * Math.exp(h * (1 - u)),
  };

  for (const algorithm of ALGORITHMS) {
    it(`${algorithm} weighs value, slope and curvature by their integrals`, () => {
      const [value, slope, curvature] = [0, 1, 2].map((power) => integral((u) => (KERNELS[algorithm](u) * u ** power) / (power || 1), 0, 1));
      // diffusers adds a half for the SDE where the integral subtracts it, or the other way round: one `scale` apart.
      const expected = [value!, slope!, curvature! - (algorithm === 'sde-dpmsolver++' ? to.alpha : 0)];
      for (const order of [1, 2, 3]) {
        const factors = outputFactors(step(algorithm), order);
        assert.equal(factors.length, order);
        factors.forEach((factor, k) => near(factor, expected[k]!, `${order}, ${k}`));
      }
      const [plain, half] = outputFactors(step(algorithm, { solver: 'midpoint' }), 2);
      near(plain!, value!, 'value');
      near(half!, value! / 2, 'midpoint');
    });

    it(`${algorithm} comes to the same in one step or in two, as long as the model does not change its mind`, () => {
      const [whole, first, second] = [step(algorithm), step(algorithm, { to: middle }), step(algorithm, { from: middle })];
      near(sampleFactor(second) * sampleFactor(first), sampleFactor(whole), 'latents');
      near(sampleFactor(second) * outputFactors(first, 1)[0]! + outputFactors(second, 1)[0]!, outputFactors(whole, 1)[0]!, 'output');
      if (algorithm.startsWith('sde')) near(Math.hypot(sampleFactor(second) * noiseFactor(first), noiseFactor(second)), noiseFactor(whole), 'noise');
    });
  }

  it('of the SDE keeps the variance of latents whose picture is known', () => {
    const known = step('sde-dpmsolver++');
    near(sampleFactor(known) * from.alpha + outputFactors(known, 1)[0]!, to.alpha, 'signal');
    near(Math.hypot(sampleFactor(known) * from.sigma, noiseFactor(known)), to.sigma, 'noise');
    // With ε in place of x₀ there is an error of second order: 4 − 4eʰ + 2e²ʰ − 1 where it should be 1.
    const guessed = step('sde-dpmsolver');
    const kept = sampleFactor(guessed) * from.sigma + outputFactors(guessed, 1)[0]!;
    near((kept ** 2 + noiseFactor(guessed) ** 2) / to.sigma ** 2, 3 - 4 * 3 + 2 * 9, 'variance');
  });

  it('ends at the picture where no noise is left', () => {
    const end: DpmStep = step('dpmsolver++', { to: { alpha: 1, sigma: 0, lambda: Infinity } });
    assert.deepEqual([sampleFactor(end), ...outputFactors(end, 1)], [0, 1]);
    const noisy = { ...end, algorithm: 'sde-dpmsolver++' } as const;
    assert.deepEqual([sampleFactor(noisy), ...outputFactors(noisy, 1), noiseFactor(noisy)], [0, 1, 0]);
  });
});
