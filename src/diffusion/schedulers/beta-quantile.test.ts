import assert from 'node:assert/strict';
import { integral } from '../test-support/integral';
import { betaQuantile } from './beta-quantile';

const probabilities = [1e-6, 0.001, 0.07, 0.25, 0.42, 0.5];

describe('the quantile of Beta(0.6, 0.6)', () => {
  it("is SciPy's", () => {
    // scipy.stats.beta.ppf(p, 0.6, 0.6)
    const expected = { 0.001: 1.855873851745199e-5, 0.1: 0.03958440558878085, 0.3: 0.23401700387523572, 0.5: 0.5, 0.9: 0.9604155944112192 };
    for (const [p, x] of Object.entries(expected)) assert.ok(Math.abs(betaQuantile(Number(p)) - x) < 1e-12 * x, `${p}: ${betaQuantile(Number(p))} is not ${x}`);
  });

  it('cuts off that share of the density x^−0.4 (1 − x)^−0.4', () => {
    // With x = u⁵ nothing of it is infinite below 1: x^−0.4 dx = 5 u² du.
    const mass = (x: number) => integral((u) => 5 * u ** 2 * (1 - u ** 5) ** -0.4, 0, x ** 0.2);
    for (const p of probabilities) assert.ok(Math.abs(mass(betaQuantile(p)) / (2 * mass(0.5)) - p) < 1e-9, `${p}`);
  });

  it('is its own mirror image, from 0 to 1', () => {
    for (const p of probabilities) assert.ok(Math.abs(betaQuantile(1 - p) - (1 - betaQuantile(p))) < 1e-14, `${p}`);
    assert.deepEqual([-0.1, 0, 1, 1.1].map(betaQuantile), [0, 0, 1, 1]);
  });

  it('is a power of 1/0.6 where the density is one', () => {
    assert.ok(Math.abs(betaQuantile(2e-9) / betaQuantile(1e-9) - 2 ** (1 / 0.6)) < 1e-9);
  });
});
