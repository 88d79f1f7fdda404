/** The quantile function of the Beta(0.6, 0.6) distribution, which "beta" sigma schedules follow (Lee et al. 2024, 2407.12173). */
import { exp, log, pow } from '../noise/elementary';

const SHAPE = 0.6;
/** B(0.6, 0.6) = Γ(0.6)² / Γ(1.2). */
const COMPLETE_BETA = 2.4153442080024714;

/** x with P(X ≤ x) = p, for p from 0 to 1; error below 1e-13. */
export function betaQuantile(p: number): number {
  if (p <= 0) return 0;
  if (p >= 1) return 1;
  // The distribution is its own mirror image; below the median the power series converges quickly.
  if (p > 0.5) return 1 - betaQuantile(1 - p);
  // Newton's method from the first term of the series, p ≈ x^a / (a B).
  let x = Math.min(pow(p * SHAPE * COMPLETE_BETA, 1 / SHAPE), 0.5);
  for (let round = 0; round < 60; round++) {
    const step = ((cumulative(x) - p) * COMPLETE_BETA) / exp((SHAPE - 1) * (log(x) + log(1 - x)));
    const next = Math.min(Math.max(x - step, x / 4), 0.5);
    if (Math.abs(next - x) <= 1e-16 * x) return next;
    x = next;
  }
  return x;
}

/** P(X ≤ x) for 0 < x ≤ 0.5: x^a (1−x)^b / (a B) · Σ (a+b)…(a+b+n−1) / (a+1)…(a+n) · xⁿ (DLMF 8.17.22). */
function cumulative(x: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 0; term > 1e-17 * sum; n++) {
    term *= ((2 * SHAPE + n) / (SHAPE + 1 + n)) * x;
    sum += term;
  }
  return (exp(SHAPE * (log(x) + log(1 - x))) / (SHAPE * COMPLETE_BETA)) * sum;
}
