/**
 * DPM-Solver and DPM-Solver++ as singlestep methods (Lu et al. 2022, 2206.00927 and 2211.01095): calls come in groups of up to
 * three, each going on from the latents at the group's start. Matches diffusers' `DPMSolverSinglestepScheduler`.
 */
import type { ConfigOf } from './config';
import { noiseFactor, outputFactors, sampleFactor, type DpmStep } from './dpm-update';
import { discreteSchedule, evenFlowSchedule, lastTimestep, LambdaScheduler, type MultistepSchedule } from './lambda-scheduler';
import { combine, linspace, roundHalfEven, type Term } from './numeric';
import { SchedulerError, type SchedulerStep } from './scheduler';

type Config = ConfigOf<'DPMSolverSinglestepScheduler'>;

export class DpmSinglestepScheduler extends LambdaScheduler {
  readonly className = 'DPMSolverSinglestepScheduler';
  private readonly orders: readonly number[];
  /** Converted model outputs (x₀ or ε), newest first. */
  private outputs: Float32Array[] = [];
  /** Latents at the start of the group. */
  private start: Float32Array | null = null;

  constructor(private readonly config: Config, steps: number, begin: number, imageSequenceLength?: number) {
    if (config.variance_type?.startsWith('learned')) throw new SchedulerError('models that also predict their variance (variance_type "learned") are not supported; use a model of fixed variance');
    if (config.algorithm_type === 'dpmsolver' && config.final_sigmas_type === 'zero') {
      throw new SchedulerError('algorithm_type "dpmsolver" cannot end at noise level 0; set final_sigmas_type to "sigma_min" or use the sampler DPM++ 2S');
    }
    super(config, scheduleOf(config, steps, imageSequenceLength), begin);
    this.orders = ordersOf(config, steps);
  }

  step({ modelOutput, i, sample, noise }: SchedulerStep): Float32Array {
    const { algorithm_type: algorithm, solver_type: solver, solver_order } = this.config;
    const output = algorithm.endsWith('++') ? this.original(modelOutput, i, sample) : this.noiseThresholded(modelOutput, i, sample);
    this.outputs = [output, ...this.outputs.slice(0, solver_order - 1)];
    const drawn = algorithm.startsWith('sde') ? noise() : null;
    const order = Math.min(this.orders[i]!, this.outputs.length);
    if (order === 1) this.start = sample;
    const step: DpmStep = { algorithm, solver, from: this.level(i - order + 1), to: this.level(i + 1) };
    const differences = this.differences(i, order);
    const terms = outputFactors(step, order === 3 && solver === 'midpoint' ? 2 : order);
    // The third order's midpoint rule leaves out the curvature, but not the integral of the slope.
    if (order === 3 && solver === 'midpoint') terms[1] = outputFactors({ ...step, solver: 'heun' }, 2)[1]!;
    return combine([sampleFactor(step), this.start ?? sample], ...terms.map((factor, k): Term => [factor, differences[k]!]), ...(drawn ? [[noiseFactor(step), drawn] as Term] : []));
  }

  /** The output at the group's start and its divided differences in λ, as many as the order. */
  private differences(i: number, order: number): Float32Array[] {
    const [newest, middle, oldest] = this.outputs;
    if (order === 1) return [newest!];
    const origin = this.level(i - order + 1).lambda;
    const h = this.level(i + 1).lambda - origin;
    const r0 = (this.level(i).lambda - origin) / h;
    if (order === 2) return [middle!, combine([1 / r0, newest!], [-1 / r0, middle!])];
    const late = combine([1 / r0, newest!], [-1 / r0, oldest!]);
    if (this.config.solver_type === 'midpoint') return [oldest!, late];
    const r1 = (this.level(i - 1).lambda - origin) / h;
    const early = combine([1 / r1, middle!], [-1 / r1, oldest!]);
    return [oldest!, combine([r0 / (r0 - r1), early], [-r1 / (r0 - r1), late]), combine([2 / (r0 - r1), late], [-2 / (r0 - r1), early])];
  }
}

/** The order of each call: groups 1, 2, … up to the solver's, shortened at the end where the steps do not divide or the last level is 0. */
function ordersOf({ solver_order: order, lower_order_final, final_sigmas_type }: Config, steps: number): number[] {
  const group = Array.from({ length: order }, (_, k) => k + 1);
  const groups = (count: number) => Array.from({ length: count }, () => group).flat();
  const endsLow = lower_order_final || steps % order !== 0 || final_sigmas_type === 'zero';
  if (!endsLow || order === 1) return groups(Math.floor(steps / order));
  const rest = steps % order;
  // A last whole group becomes one of the next lower order and a single call.
  const orders = rest === 0 ? [...groups(steps / order - 1), ...group.slice(0, -1), 1] : [...groups(Math.floor(steps / order)), ...group.slice(0, rest)];
  if (final_sigmas_type === 'zero') orders[orders.length - 1] = 1;
  return orders;
}

function scheduleOf(config: Config, steps: number, imageSequenceLength?: number): MultistepSchedule {
  if (config.use_flow_sigmas) return evenFlowSchedule(config, steps, { imageSequenceLength, endOfShape: false });
  const spaced = linspace(0, lastTimestep(config) - 1, steps + 1).map(roundHalfEven).reverse().slice(0, -1);
  return discreteSchedule(config, spaced, steps, { roundKarras: true, endOfShape: false });
}
