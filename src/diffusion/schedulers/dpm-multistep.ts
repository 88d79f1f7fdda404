/**
 * DPM-Solver and DPM-Solver++ as multistep methods of order 1 to 3, deterministic or as SDE solvers (Lu et al. 2022,
 * 2206.00927 and 2211.01095). Matches diffusers' `DPMSolverMultistepScheduler`: "DPM++ 2M" and "DPM++ 2M SDE".
 */
import type { ConfigOf } from './config';
import { noiseFactor, outputFactors, sampleFactor, type DpmStep } from './dpm-update';
import { discreteSchedule, evenFlowSchedule, lastTimestep, luSchedule, LambdaScheduler, type MultistepSchedule } from './lambda-scheduler';
import { combine, type Term } from './numeric';
import { SchedulerError, type SchedulerStep } from './scheduler';
import { multistepTimesteps } from './spacing';

type Config = ConfigOf<'DPMSolverMultistepScheduler'>;

export class DpmMultistepScheduler extends LambdaScheduler {
  readonly className = 'DPMSolverMultistepScheduler';
  /** Converted model outputs (x₀ or ε), newest first. */
  private outputs: Float32Array[] = [];

  constructor(private readonly config: Config, steps: number, begin: number, imageSequenceLength?: number) {
    if (config.variance_type?.startsWith('learned')) throw new SchedulerError('models that also predict their variance (variance_type "learned") are not supported; use a model of fixed variance');
    if (!config.algorithm_type.endsWith('++') && config.final_sigmas_type === 'zero') {
      throw new SchedulerError(`algorithm_type "${config.algorithm_type}" cannot end at noise level 0; set final_sigmas_type to "sigma_min" or use the sampler DPM++ 2M`);
    }
    super(config, scheduleOf(config, steps, imageSequenceLength), begin);
  }

  step({ modelOutput, i, sample, noise }: SchedulerStep): Float32Array {
    const output = this.config.algorithm_type.endsWith('++') ? this.original(modelOutput, i, sample) : this.noiseThresholded(modelOutput, i, sample);
    this.outputs = [output, ...this.outputs.slice(0, this.config.solver_order - 1)];
    const order = this.orderAt(i);
    const derivatives = this.derivatives(i, order);
    const { algorithm_type: algorithm, solver_type: solver } = this.config;
    const step: DpmStep = { algorithm, solver, from: this.level(i), to: this.level(i + 1) };
    const drawn: Term[] = algorithm.startsWith('sde') ? [[noiseFactor(step), noise()]] : [];
    return combine([sampleFactor(step), sample], ...outputFactors(step, order).map((factor, k): Term => [factor, derivatives[k]!]), ...drawn);
  }

  /** Fewer known outputs, and the last steps of short runs, call for a lower order. */
  private orderAt(i: number): number {
    const { solver_order, lower_order_final, euler_at_final, final_sigmas_type } = this.config;
    const remaining = this.timesteps.length - i;
    const short = lower_order_final && this.timesteps.length < 15;
    if (remaining === 1 && (euler_at_final || short || final_sigmas_type === 'zero')) return 1;
    return Math.min(solver_order, this.outputs.length, remaining === 2 && short ? 2 : 3);
  }

  /** The newest output and its divided differences in λ, as many as the order. */
  private derivatives(i: number, order: number): Float32Array[] {
    const [newest, older, oldest] = this.outputs;
    if (order === 1 || older === undefined) return [newest!];
    const h = this.h(i);
    const r0 = this.h(i - 1) / h;
    const first = combine([1 / r0, newest!], [-1 / r0, older]);
    if (order === 2 || oldest === undefined) return [newest!, first];
    const r1 = this.h(i - 2) / h;
    const second = combine([1 / r1, older], [-1 / r1, oldest]);
    const mix = r0 / (r0 + r1);
    return [newest!, combine([1 + mix, first], [-mix, second]), combine([1 / (r0 + r1), first], [-1 / (r0 + r1), second])];
  }

  /** λ gained by step i. */
  private h(i: number): number {
    return this.level(i + 1).lambda - this.level(i).lambda;
  }
}

function scheduleOf(config: Config, steps: number, imageSequenceLength?: number): MultistepSchedule {
  if (config.use_flow_sigmas) return evenFlowSchedule(config, steps, { imageSequenceLength, endOfShape: false });
  if (config.use_lu_lambdas && !config.use_karras_sigmas) return luSchedule(config, steps);
  const spaced = multistepTimesteps(config, steps, lastTimestep(config));
  return discreteSchedule(config, spaced, steps, { roundKarras: config.beta_schedule !== 'squaredcos_cap_v2', endOfShape: false });
}
