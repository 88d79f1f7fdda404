/**
 * DEIS as a multistep method in log ρ, ρ = σ/α (Zhang & Chen 2022, 2204.13902): the outputs' interpolating polynomial in
 * log ρ, integrated over ρ. Matches diffusers' `DEISMultistepScheduler` up to order 3.
 */
import { expm1, log } from '../noise/elementary';
import type { ConfigOf } from './config';
import { discreteSchedule, evenFlowSchedule, LambdaScheduler, type MultistepSchedule } from './lambda-scheduler';
import { combine, type Term } from './numeric';
import type { SchedulerStep } from './scheduler';
import { multistepTimesteps } from './spacing';

type Config = ConfigOf<'DEISMultistepScheduler'>;

export class DeisScheduler extends LambdaScheduler {
  readonly className = 'DEISMultistepScheduler';
  /** ε of earlier calls, newest first. */
  private outputs: Float32Array[] = [];

  constructor(private readonly config: Config, steps: number, begin: number, imageSequenceLength?: number) {
    super(config, scheduleOf(config, steps, imageSequenceLength), begin);
  }

  step({ modelOutput, i, sample }: SchedulerStep): Float32Array {
    this.outputs = [this.noiseThresholded(modelOutput, i, sample), ...this.outputs.slice(0, this.config.solver_order - 1)];
    const [from, to] = [this.level(i), this.level(i + 1)];
    const order = this.orderAt(i);
    if (order === 1) return combine([to.alpha / from.alpha, sample], [-to.sigma * expm1(to.lambda - from.lambda), this.outputs[0]!]);
    const nodes = Array.from({ length: order }, (_, k) => log(this.rho(i - k)));
    const weights = nodes.map((_, k) => polynomialIntegral(nodes, k, this.rho(i), this.rho(i + 1)));
    return combine([to.alpha / from.alpha, sample], ...weights.map((weight, k): Term => [to.alpha * weight, this.outputs[k]!]));
  }

  private orderAt(i: number): number {
    const remaining = this.timesteps.length - i;
    const short = this.config.lower_order_final && this.timesteps.length < 15;
    const limit = short && remaining <= 2 ? remaining : this.config.solver_order;
    return Math.min(limit, this.config.solver_order, this.outputs.length);
  }

  private rho(i: number): number {
    const { alpha, sigma } = this.level(i);
    return sigma / alpha;
  }
}

/** ∫ₐᵇ of the k-th Lagrange polynomial in log ρ through `nodes` (two or three), dρ. */
function polynomialIntegral(nodes: readonly number[], k: number, a: number, b: number): number {
  const others = nodes.filter((_, j) => j !== k);
  const scale = others.reduce((product, node) => product * (nodes[k]! - node), 1);
  const primitive = (rho: number): number => {
    const l = log(rho);
    const [c, d] = others;
    // ∫ (l − c) dρ and ∫ (l − c)(l − d) dρ with l = log ρ
    return d === undefined ? rho * (l - 1 - c!) : rho * (l * l - 2 * l + 2 - (c! + d) * (l - 1) + c! * d);
  };
  return (primitive(b) - primitive(a)) / scale;
}

function scheduleOf(config: Config, steps: number, imageSequenceLength?: number): MultistepSchedule {
  if (config.use_flow_sigmas) return evenFlowSchedule(config, steps, { imageSequenceLength, endOfShape: true });
  return discreteSchedule(config, multistepTimesteps(config, steps, config.num_train_timesteps), steps, { roundKarras: true, endOfShape: true });
}
