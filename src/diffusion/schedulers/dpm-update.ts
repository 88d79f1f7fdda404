/**
 * The update formulas of DPM-Solver and DPM-Solver++ (Lu et al. 2022, 2206.00927 and 2211.01095), shared by the multistep and
 * the singlestep solver: factors of the latents, of the outputs' divided differences, and of the noise.
 */
import { exp, expm1 } from '../noise/elementary';
import type { Level } from './lambda-scheduler';

export type DpmAlgorithm = 'dpmsolver' | 'dpmsolver++' | 'sde-dpmsolver' | 'sde-dpmsolver++';

export interface DpmStep {
  readonly algorithm: DpmAlgorithm;
  readonly solver: 'midpoint' | 'heun';
  readonly from: Level;
  readonly to: Level;
}

/** λ gained. */
function length({ from, to }: DpmStep): number {
  return to.lambda - from.lambda;
}

/** What the latents at the start are multiplied by. */
export function sampleFactor(step: DpmStep): number {
  const { algorithm, from, to } = step;
  switch (algorithm) {
    case 'dpmsolver++': return to.sigma / from.sigma;
    case 'sde-dpmsolver++': return (to.sigma / from.sigma) * exp(-length(step));
    default: return to.alpha / from.alpha;
  }
}

/** What fresh noise is multiplied by; SDE solvers only. */
export function noiseFactor(step: DpmStep): number {
  const h = length(step);
  return step.to.sigma * Math.sqrt(step.algorithm === 'sde-dpmsolver++' ? -expm1(-2 * h) : expm1(2 * h));
}

/** What the output and its divided differences in λ are multiplied by, as many as the order. */
export function outputFactors(step: DpmStep, order: number): number[] {
  const { alpha, sigma } = step.to;
  const h = length(step);
  // Every variant integrates e^x over one step: of −h for x₀, of h for ε, twice as long for an SDE in x₀.
  const [scale, x] = ({
    'dpmsolver++': [alpha, -h],
    'dpmsolver': [sigma, h],
    'sde-dpmsolver++': [alpha, -2 * h],
    'sde-dpmsolver': [2 * sigma, h],
  } as const)[step.algorithm];
  const zeroth = -scale * expm1(x);
  if (order === 1) return [zeroth];
  if (order === 2 && step.solver === 'midpoint') return [zeroth, 0.5 * zeroth];
  const first = -scale * (expm1(x) / x - 1);
  if (order === 2) return [zeroth, first];
  // diffusers adds the half for the SDE where the expansion would subtract it; its numbers are the reference.
  const half = step.algorithm === 'sde-dpmsolver++' ? 0.5 : -0.5;
  return [zeroth, first, -scale * ((expm1(x) - x) / x ** 2 + half)];
}
