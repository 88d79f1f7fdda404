/** Which training timesteps a run visits: "leading", "linspace" or "trailing" (Lin et al. 2023, 2305.08891, table 2). */
import type { SpacingConfig } from './config';
import { countDown, linspace, roundHalfEven } from './numeric';

/** Descending timesteps of the schedulers whose timesteps may be fractional (Euler's family): `linspace` is not rounded. */
export function fractionalTimesteps(config: SpacingConfig, steps: number): number[] {
  return config.timestep_spacing === 'linspace'
    ? linspace(0, config.num_train_timesteps - 1, steps).map(Math.fround).reverse()
    : wholeTimesteps(config, steps);
}

/** Descending whole timesteps of DDIM and PNDM. */
export function wholeTimesteps(config: SpacingConfig, steps: number): number[] {
  const { num_train_timesteps: trained, steps_offset: offset } = config;
  switch (config.timestep_spacing) {
    case 'linspace': return linspace(0, trained - 1, steps).map(roundHalfEven).reverse();
    case 'leading': return leading(steps, Math.floor(trained / steps), offset);
    case 'trailing': return trailing(trained, trained / steps);
  }
}

/**
 * Descending whole timesteps of the multistep solvers: one more point than steps is laid out and the lowest dropped.
 * `last`: one past the highest timestep that may be visited.
 */
export function multistepTimesteps(config: SpacingConfig, steps: number, last: number): number[] {
  switch (config.timestep_spacing) {
    case 'linspace': return linspace(0, last - 1, steps + 1).map(roundHalfEven).reverse().slice(0, -1);
    case 'leading': return leading(steps + 1, Math.floor(last / (steps + 1)), config.steps_offset).slice(0, -1);
    case 'trailing': return trailing(last, config.num_train_timesteps / steps);
  }
}

function leading(count: number, ratio: number, offset: number): number[] {
  return Array.from({ length: count }, (_, i) => (count - 1 - i) * ratio + offset);
}

function trailing(from: number, ratio: number): number[] {
  return countDown(from, ratio).map((value) => roundHalfEven(value) - 1);
}
