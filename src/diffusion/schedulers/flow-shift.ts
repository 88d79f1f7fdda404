/** How flow-matching models lean their noise levels towards the noisy end: by a constant, by picture size, and down to a chosen last level. */
import { exp } from '../noise/elementary';
import type { DynamicShiftConfig } from './config';
import { SchedulerError } from './scheduler';

/** s σ / (1 + (s − 1) σ) (Esser et al. 2024, 2403.03206, eq. 23). */
export function shiftSigma(sigma: number, shift: number): number {
  return (shift * sigma) / (1 + (shift - 1) * sigma);
}

/** μ of a picture of `length` latent patches: linear between the two sizes that the configuration names. */
export function dynamicMu(config: DynamicShiftConfig, length: number | undefined): number {
  if (length === undefined) throw new SchedulerError('this model shifts its schedule by picture size (use_dynamic_shifting); pass imageSequenceLength');
  const slope = (config.max_shift - config.base_shift) / (config.max_image_seq_len - config.base_image_seq_len);
  return config.base_shift + slope * (length - config.base_image_seq_len);
}

/** e^μ / (e^μ + 1/σ − 1), or with μ in place of e^μ for `linear`. */
export function dynamicShiftSigma(config: DynamicShiftConfig, mu: number, sigma: number): number {
  const weight = config.time_shift_type === 'exponential' ? exp(mu) : mu;
  return weight / (weight + (1 / sigma - 1));
}

/** Stretches 1 − σ so that the last σ is `shift_terminal`; nothing to stretch when the last σ is 1 (a single step). */
export function stretchToTerminal(config: DynamicShiftConfig, sigmas: readonly number[]): number[] {
  const last = 1 - (sigmas[sigmas.length - 1] ?? 1);
  if (config.shift_terminal === null || config.shift_terminal === 0 || last === 0) return [...sigmas];
  const scale = last / (1 - config.shift_terminal);
  return sigmas.map((sigma) => 1 - (1 - sigma) / scale);
}
