/** Noise levels and timesteps of Euler's family, first to last, from spacing, interpolation and shape. */
import { exp, log } from '../noise/elementary';
import { positiveAlphasCumprod, trainingSigmas } from './alphas';
import type { SigmaShapeConfig, SpacingConfig } from './config';
import { interpolate, linspace } from './numeric';
import { logOf, shapeSigmas, sigmaToTimestep } from './sigma-shapes';
import { fractionalTimesteps } from './spacing';

export interface SigmaSchedule {
  timesteps: number[];
  /** One per timestep (`log_linear` interpolation lays out one more); the end is not in it. */
  sigmas: number[];
  /** σ of training timestep 0. */
  lowest: number;
  /** log σ of every training timestep. */
  logSigmas: Float32Array;
}

export function sigmaSchedule(config: SpacingConfig & SigmaShapeConfig, steps: number, interpolation: 'linear' | 'log_linear' = 'linear'): SigmaSchedule {
  const trained = trainingSigmas(positiveAlphasCumprod(config));
  const logSigmas = logOf(trained);
  const timesteps = fractionalTimesteps(config, steps);
  const natural = interpolation === 'linear' ? timesteps.map((timestep) => interpolate(timestep, trained)) : logLinear(trained, steps);
  const shaped = shapeSigmas(config, natural, steps);
  return {
    timesteps: (shaped?.map((sigma) => sigmaToTimestep(sigma, logSigmas)) ?? timesteps).map(Math.fround),
    sigmas: shaped ?? natural,
    lowest: trained[0]!,
    logSigmas,
  };
}

function logLinear(trained: Float32Array, steps: number): number[] {
  return linspace(log(trained[trained.length - 1]!), log(trained[0]!), steps + 1).map(exp);
}

/** For classes whose Karras levels end where the schedule ends, whatever the file says: LMS and DPM++ SDE. */
export function ownEnds<C extends SigmaShapeConfig>(config: C): C {
  return config.use_karras_sigmas ? { ...config, sigma_min: null, sigma_max: null } : config;
}
