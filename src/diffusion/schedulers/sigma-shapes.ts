/** Other ways to lay noise levels between the highest and the lowest one, and back from a noise level to a timestep. */
import { exp, log, pow } from '../noise/elementary';
import { betaQuantile } from './beta-quantile';
import type { SigmaShapeConfig } from './config';
import { linspace } from './numeric';
import { SchedulerError } from './scheduler';

const KARRAS_RHO = 7;

/**
 * σ in the shape that the configuration asks for, falling, `steps` of them; `null` when it asks for none.
 * `natural`: the σ that the schedule would have had, falling; its ends are the new ends unless the configuration sets them.
 * Throws `SchedulerError` when it asks for two shapes at once.
 */
export function shapeSigmas(config: SigmaShapeConfig, natural: ArrayLike<number>, steps: number): number[] | null {
  if ([config.use_karras_sigmas, config.use_exponential_sigmas, config.use_beta_sigmas].filter(Boolean).length > 1) {
    throw new SchedulerError('scheduler_config.json asks for more than one of Karras, exponential and beta sigmas; choose one schedule type');
  }
  const low = config.sigma_min ?? natural[natural.length - 1]!;
  const high = config.sigma_max ?? natural[0]!;
  if (config.use_karras_sigmas) return karras(low, high, steps);
  if (config.use_exponential_sigmas) return linspace(log(high), log(low), steps).map(exp);
  if (config.use_beta_sigmas) return linspace(0, 1, steps).map((ramp) => low + betaQuantile(1 - ramp) * (high - low));
  return null;
}

/** Karras et al. 2022 (2206.00364), eq. 5, ρ = 7. */
function karras(low: number, high: number, steps: number): number[] {
  const from = pow(high, 1 / KARRAS_RHO);
  const to = pow(low, 1 / KARRAS_RHO);
  return linspace(0, 1, steps).map((ramp) => pow(from + ramp * (to - from), KARRAS_RHO));
}

/** The fractional timestep whose σ it is, linear in log σ, clamped to the trained range. `sigmas`: per timestep, rising. */
export function sigmaToTimestep(sigma: number, logSigmas: Float32Array): number {
  const target = log(Math.max(sigma, 1e-10));
  // From the top: zero terminal SNR may leave the last levels of the table out of order.
  const low = Math.min(Math.max(logSigmas.findLastIndex((level) => level <= target), 0), logSigmas.length - 2);
  const weight = (logSigmas[low]! - target) / (logSigmas[low]! - logSigmas[low + 1]!);
  const clamped = Math.min(Math.max(weight, 0), 1);
  return (1 - clamped) * low + clamped * (low + 1);
}

/** log σ in float32, as NumPy takes it of a float32 table. */
export function logOf(sigmas: Float32Array): Float32Array {
  return sigmas.map(log);
}
