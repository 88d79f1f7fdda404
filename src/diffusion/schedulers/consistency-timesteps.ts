/** Timesteps of distilled models: an even choice among those that the distillation used. Shared by LCM and TCD. */
import type { ConfigOf } from './config';
import { SchedulerError } from './scheduler';

export function consistencyTimesteps(config: ConfigOf<'TCDScheduler'>, steps: number, strength: number): number[] {
  const stride = Math.floor(config.num_train_timesteps / config.original_inference_steps);
  const known = Math.floor(config.original_inference_steps * strength);
  if (steps > known) {
    const remedy = known > 0 ? `use 1 to ${known} steps` : 'raise the denoising strength';
    throw new SchedulerError(`${steps} steps are more than the ${known} that this distilled model was trained for${strength < 1 ? ` at strength ${strength}` : ''}; ${remedy}`);
  }
  // Falling: index 0 is the highest of `known` timesteps, stride − 1 the lowest.
  return Array.from({ length: steps }, (_, i) => (known - Math.floor((i * known) / steps)) * stride - 1);
}
