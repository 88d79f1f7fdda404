/**
 * Pseudo numerical methods (Liu et al. 2022, 2202.09778): linear multistep, started by Runge–Kutta steps or, with
 * `skip_prk_steps`, by one improved Euler step that calls the model twice at its second timestep. Matches diffusers'
 * `PNDMScheduler`, which counts its calls and not its timesteps: image-to-image starts anew wherever it begins.
 */
import { AlphaScheduler } from './alpha-scheduler';
import type { ConfigOf } from './config';
import { combine, type Term } from './numeric';
import { requirePrediction } from './prediction';
import { SchedulerError, type SchedulerStep } from './scheduler';
import { wholeTimesteps } from './spacing';

/** Adams–Bashforth factors by how many outputs are known, newest first. */
const ADAMS_BASHFORTH: readonly (readonly number[])[] = [[], [1], [3 / 2, -1 / 2], [23 / 12, -16 / 12, 5 / 12], [55 / 24, -59 / 24, 37 / 24, -9 / 24]];
const RUNGE_KUTTA = [1 / 6, 1 / 3, 1 / 3, 1 / 6];

export class PndmScheduler extends AlphaScheduler {
  readonly className = 'PNDMScheduler';
  private readonly stride: number;
  private readonly rungeKuttaCalls: number;
  private calls = 0;
  /** Model outputs, newest first. */
  private outputs: Float32Array[] = [];
  /** Where the current Runge–Kutta (or improved Euler) step started, and what it has summed up. */
  private start: Float32Array | null = null;
  private sum: Term[] = [];

  constructor(private readonly config: ConfigOf<'PNDMScheduler'>, steps: number, begin: number) {
    const { rungeKutta, multistep } = timestepsOf(config, steps);
    super(config, [...rungeKutta, ...multistep], begin);
    requirePrediction(this.className, config.prediction_type, ['epsilon', 'v_prediction']);
    this.rungeKuttaCalls = rungeKutta.length;
    this.stride = Math.floor(config.num_train_timesteps / steps);
  }

  step({ modelOutput, i, sample }: SchedulerStep): Float32Array {
    const next = this.calls < this.rungeKuttaCalls ? this.rungeKutta(modelOutput, i, sample) : this.multistep(modelOutput, i, sample);
    this.calls += 1;
    return next;
  }

  /** One of the four calls of a Runge–Kutta step; the timestep arithmetic is that of the first of the four. */
  private rungeKutta(modelOutput: Float32Array, i: number, sample: Float32Array): Float32Array {
    const phase = this.calls % 4;
    const target = this.timesteps[i]! - (phase % 2 === 1 ? 0 : Math.floor(this.stride / 2));
    if (phase === 0) {
      this.outputs = [modelOutput, ...this.outputs];
      this.start = sample;
    }
    this.sum.push([RUNGE_KUTTA[phase]!, modelOutput]);
    const output = phase === 3 ? combine(...this.sum) : modelOutput;
    if (phase === 3) this.sum = [];
    return this.move(this.start ?? sample, this.timesteps[this.calls - phase]!, target, output);
  }

  private multistep(modelOutput: Float32Array, i: number, sample: Float32Array): Float32Array {
    const timestep = this.timesteps[i]!;
    if (this.calls === 1) {
      // The second call at one timestep: the first step is done again with the mean of both slopes.
      const output = combine([1 / 2, modelOutput], [1 / 2, this.outputs[0] ?? modelOutput]);
      return this.move(this.start ?? sample, timestep + this.stride, timestep, output);
    }
    this.outputs = [modelOutput, ...this.outputs.slice(0, 3)];
    if (this.calls === 0) this.start = sample;
    const factors = ADAMS_BASHFORTH[this.outputs.length]!;
    const output = combine(...this.outputs.map((known, k): Term => [factors[k]!, known]));
    return this.move(sample, timestep, timestep - this.stride, output);
  }

  /** From one timestep to another along an output (2202.09778, eq. 9). */
  private move(sample: Float32Array, from: number, to: number, output: Float32Array): Float32Array {
    const alphaFrom = this.alphaBarOf(from);
    const alphaTo = this.alphaBar(to);
    const epsilon = this.noiseOf(output, alphaFrom, sample);
    const divisor = alphaFrom * Math.sqrt(1 - alphaTo) + Math.sqrt(alphaFrom * (1 - alphaFrom) * alphaTo);
    return combine([Math.sqrt(alphaTo / alphaFrom), sample], [(alphaFrom - alphaTo) / divisor, epsilon]);
  }
}

function timestepsOf(config: ConfigOf<'PNDMScheduler'>, steps: number): { rungeKutta: number[]; multistep: number[] } {
  const falling = wholeTimesteps(config, steps);
  if (config.skip_prk_steps) {
    // The second timestep twice.
    return { rungeKutta: [], multistep: [...falling.slice(0, 2), ...falling.slice(1)] };
  }
  if (steps < 4) throw new SchedulerError(`PNDM needs at least 4 steps with this model's configuration (skip_prk_steps is false), got ${steps}; use more steps or another sampler`);
  const half = Math.floor(Math.floor(config.num_train_timesteps / steps) / 2);
  // The four highest timesteps and the points half a stride above them, each middle one visited twice.
  const points = falling.slice(0, 4).flatMap((timestep) => [timestep + half, timestep]).slice(1);
  return { rungeKutta: points.flatMap((timestep) => [timestep, timestep]).slice(1, -1), multistep: falling.slice(3) };
}
