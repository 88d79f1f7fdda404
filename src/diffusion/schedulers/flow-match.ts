/**
 * Flow matching (Lipman et al. 2022, 2210.02747; Esser et al. 2024, 2403.03206): x = (1 − σ) x₀ + σ ε, and the model says
 * ε − x₀. Euler's and Heun's method. Matches diffusers' `FlowMatchEulerDiscreteScheduler` and `FlowMatchHeunDiscreteScheduler`;
 * ours takes Heun over the dynamic and terminal shifts too, where diffusers' Heun knows the constant shift alone.
 */
import type { ConfigOf, FlowMatchConfig } from './config';
import { dynamicMu, dynamicShiftSigma, shiftSigma, stretchToTerminal } from './flow-shift';
import { combine, linspace } from './numeric';
import { SchedulerError, type Scheduler, type SchedulerOptions, type SchedulerStep } from './scheduler';
import { shapeSigmas } from './sigma-shapes';
import { twice } from './sigma-scheduler';

const { fround } = Math;

abstract class FlowMatchScheduler implements Scheduler {
  readonly kind = 'flow';
  readonly initNoiseSigma = 1;
  abstract readonly order: 1 | 2;
  abstract readonly className: string;

  constructor(
    readonly timesteps: readonly number[],
    /** Noise level of each call, and one more for the end. */
    protected readonly sigmas: Float32Array,
    readonly begin: number,
  ) {}

  abstract step(step: SchedulerStep): Float32Array;

  scaleModelInput(sample: Float32Array): Float32Array {
    return sample;
  }

  predictOriginal(modelOutput: Float32Array, i: number, sample: Float32Array): Float32Array {
    return combine([1, sample], [-this.sigmas[i]!, modelOutput]);
  }

  addNoise(original: Float32Array, noise: Float32Array, i: number): Float32Array {
    return i < this.timesteps.length ? this.between(original, noise, this.sigmas[i]!) : original;
  }

  /** On the straight path from x₀ to noise, at level `sigma`. */
  protected between(original: Float32Array, noise: Float32Array, sigma: number): Float32Array {
    return combine([1 - sigma, original], [sigma, noise]);
  }
}

export class FlowMatchEulerScheduler extends FlowMatchScheduler {
  readonly className: string = 'FlowMatchEulerDiscreteScheduler';
  readonly order = 1;
  readonly isLinear: boolean;

  constructor(private readonly config: FlowMatchConfig, steps: number, begin: number, options: Pick<SchedulerOptions, 'imageSequenceLength' | 'sigmas'>) {
    const sigmas = flowSigmas(config, steps, options).map((sigma) => (config.invert_sigmas ? fround(1 - sigma) : sigma));
    super(sigmas.map((sigma) => fround(sigma * config.num_train_timesteps)), Float32Array.from([...sigmas, config.invert_sigmas ? 1 : 0]), begin);
    this.isLinear = !config.stochastic_sampling;
  }

  step({ modelOutput, i, sample, noise }: SchedulerStep): Float32Array {
    const next = this.sigmas[i + 1]!;
    if (this.config.stochastic_sampling) return this.between(this.predictOriginal(modelOutput, i, sample), noise(), next);
    return combine([1, sample], [next - this.sigmas[i]!, modelOutput]);
  }
}

/** Consistency sampling of flow-matching models: x₀ at every step, and fresh noise to the next level. Matches diffusers' `FlowMatchLCMScheduler`. */
export class FlowMatchLcmScheduler extends FlowMatchEulerScheduler {
  override readonly className = 'FlowMatchLCMScheduler';

  constructor(config: ConfigOf<'FlowMatchLCMScheduler'>, steps: number, begin: number, options: Pick<SchedulerOptions, 'imageSequenceLength' | 'sigmas'>) {
    if (config.scale_factors.length > 0) throw new SchedulerError('scheduler_config.json: scale_factors (pictures that grow on the way) are not supported; choose the sampler Euler');
    super({ ...config, stochastic_sampling: true }, steps, begin, options);
  }
}

export class FlowMatchHeunScheduler extends FlowMatchScheduler {
  readonly className = 'FlowMatchHeunDiscreteScheduler';
  readonly order = 2;
  /** Between the two calls of a step: its start and the velocity there. */
  private first: { sample: Float32Array; velocity: Float32Array } | null = null;

  constructor(config: FlowMatchConfig, steps: number, begin: number, options: Pick<SchedulerOptions, 'imageSequenceLength' | 'sigmas'>) {
    const sigmas = flowSigmas(config, steps, options);
    const timesteps = sigmas.map((sigma) => fround(sigma * config.num_train_timesteps));
    super(timesteps.flatMap((timestep, i) => (i === 0 ? [timestep] : [timestep, timestep])), twice([...sigmas, 0]), begin);
  }

  step({ modelOutput, i, sample }: SchedulerStep): Float32Array {
    if (this.first === null) {
      this.first = { sample, velocity: modelOutput };
      return combine([1, sample], [this.sigmas[i + 1]! - this.sigmas[i]!, modelOutput]);
    }
    const start = this.first;
    this.first = null;
    const half = (this.sigmas[i]! - this.sigmas[i - 1]!) / 2;
    return combine([1, start.sample], [half, start.velocity], [half, modelOutput]);
  }
}

/** The noise levels of a run as float32, falling, the final 0 not in it. */
function flowSigmas(config: FlowMatchConfig, steps: number, { imageSequenceLength, sigmas: given }: Pick<SchedulerOptions, 'imageSequenceLength' | 'sigmas'>): number[] {
  const natural = given ?? evenTimesteps(config, steps);
  const mu = config.use_dynamic_shifting ? dynamicMu(config, imageSequenceLength) : 0;
  // The constant shift acts a second time here: the range in `evenTimesteps` is shifted already.
  const shifted = stretchToTerminal(config, natural.map((sigma) => (config.use_dynamic_shifting ? dynamicShiftSigma(config, mu, sigma) : shiftSigma(sigma, config.shift))));
  return (shapeSigmas(config, shifted, steps) ?? shifted).map(fround);
}

/** Even steps in the timestep over the trained range, whose ends are shifted by the constant shift. */
function evenTimesteps(config: FlowMatchConfig, steps: number): number[] {
  const trained = config.num_train_timesteps;
  const end = (timestep: number): number => {
    const sigma = fround(timestep / trained);
    return config.use_dynamic_shifting ? sigma : fround(shiftSigma(sigma, config.shift));
  };
  return linspace(end(trained) * trained, end(1) * trained, steps).map((timestep) => timestep / trained);
}
