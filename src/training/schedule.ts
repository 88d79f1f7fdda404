/** Learning rates over a run. */
import { sinCos } from '../diffusion/noise/elementary';

export interface ScheduleOptions {
  readonly schedule: 'warm-restarts' | 'cosine' | 'constant';
  readonly learningRate: number;
  readonly minLearningRate: number;
  readonly warmupSteps: number;
  readonly steps: number;
}

/** SoftREPA's run scripts: CosineAnnealingWarmRestarts(T_0 = 10), stepped once per 500 iterations. */
const STAGE = 500;
const STAGES = 10;

/**
 * The learning rate of step `step` (from 0): linear warm-up, then as scheduled. `cosine` ends at the last step;
 * `warm-restarts` is Loshchilov & Hutter 2017 (1608.03983), eq. 5, in SoftREPA's stages.
 */
export function learningRateAt(step: number, { schedule, learningRate, minLearningRate, warmupSteps, steps }: ScheduleOptions): number {
  if (step < warmupSteps) return (learningRate * (step + 1)) / (warmupSteps + 1);
  if (schedule === 'constant') return learningRate;
  const since = step - warmupSteps;
  const part = schedule === 'cosine' ? since / Math.max(1, steps - warmupSteps) : (Math.floor(since / STAGE) % STAGES) / STAGES;
  const floor = Math.min(minLearningRate, learningRate);
  return floor + ((learningRate - floor) * (1 + sinCos(Math.PI * Math.min(1, part))[1])) / 2;
}
