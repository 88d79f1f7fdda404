/**
 * UniPC, a multistep predictor with a corrector that costs no model call (Zhao et al. 2023, 2302.04867, algorithms 5 and 6).
 * Matches diffusers' `UniPCMultistepScheduler` up to order 3.
 */
import { expm1 } from '../noise/elementary';
import type { ConfigOf } from './config';
import { dynamicMu, dynamicShiftSigma, shiftSigma, stretchToTerminal } from './flow-shift';
import { discreteSchedule, withEnd, LambdaScheduler, type MultistepSchedule } from './lambda-scheduler';
import { combine, linspace, type Term } from './numeric';
import { SchedulerError, type SchedulerOptions, type SchedulerStep } from './scheduler';
import { shapeSigmas } from './sigma-shapes';
import { multistepTimesteps } from './spacing';

type Config = ConfigOf<'UniPCMultistepScheduler'>;

export class UniPcScheduler extends LambdaScheduler {
  readonly className = 'UniPCMultistepScheduler';
  /** Converted model outputs (x₀ or ε) before the current call, newest first. */
  private outputs: Float32Array[] = [];
  /** The latents of the last call, corrected, and the order of the step that left them. */
  private last: { sample: Float32Array; order: number } | null = null;

  constructor(private readonly config: Config, steps: number, begin: number, options: Pick<SchedulerOptions, 'imageSequenceLength'> = {}) {
    if (config.shift_terminal !== null && !config.use_flow_sigmas) throw new SchedulerError('scheduler_config.json: shift_terminal needs use_flow_sigmas; remove one of them');
    super(config, scheduleOf(config, steps, options), begin);
  }

  step({ modelOutput, i, sample }: SchedulerStep): Float32Array {
    const output = this.config.predict_x0 ? this.original(modelOutput, i, sample) : this.noiseOf(modelOutput, i, sample);
    const start = this.last !== null && i > 0 && !this.config.disable_corrector.includes(i - 1) ? this.corrected(this.last, i, output) : sample;
    this.outputs = [output, ...this.outputs.slice(0, this.config.solver_order - 1)];
    const limit = this.config.lower_order_final ? Math.min(this.config.solver_order, this.timesteps.length - i) : this.config.solver_order;
    const order = Math.min(limit, this.outputs.length);
    this.last = { sample: start, order };
    return this.predicted(start, i, order);
  }

  /** UniP: from call i to i + 1 by the outputs known. */
  private predicted(start: Float32Array, i: number, order: number): Float32Array {
    const { ratios, differences } = this.differences(i, order);
    const weights = order === 2 ? [0.5] : this.weights(i, ratios);
    return combine(...this.firstOrder(start, i), ...this.residual(i, differences.flatMap((terms, k) => scale(terms, weights[k]!))));
  }

  /** UniC: the step from i − 1 to i again, now that the output at i is known. */
  private corrected(last: { sample: Float32Array; order: number }, i: number, output: Float32Array): Float32Array {
    const { ratios, differences } = this.differences(i - 1, last.order);
    const newest: Term[] = [[1, output], [-1, this.outputs[0]!]];
    const weights = last.order === 1 ? [0.5] : this.weights(i - 1, [...ratios, 1]);
    return combine(...this.firstOrder(last.sample, i - 1), ...this.residual(i - 1, [...differences, newest].flatMap((terms, k) => scale(terms, weights[k]!))));
  }

  /** Divided differences of older outputs against the newest for the step from i, and where they lie in units of the step. */
  private differences(i: number, order: number): { ratios: number[]; differences: Term[][] } {
    const older = this.outputs.slice(1, order);
    const ratios = older.map((_, k) => (this.level(i - 1 - k).lambda - this.level(i).lambda) / this.h(i));
    return { ratios, differences: older.map((output, k): Term[] => [[1 / ratios[k]!, output], [-1 / ratios[k]!, this.outputs[0]!]]) };
  }

  private h(i: number): number {
    return this.level(i + 1).lambda - this.level(i).lambda;
  }

  /** Signed length of the step: in −λ when x₀ is predicted. */
  private signedH(i: number): number {
    return this.config.predict_x0 ? -this.h(i) : this.h(i);
  }

  private firstOrder(start: Float32Array, i: number): Term[] {
    const [from, to] = [this.level(i), this.level(i + 1)];
    const phi = expm1(this.signedH(i));
    return this.config.predict_x0
      ? [[to.sigma / from.sigma, start], [-to.alpha * phi, this.outputs[0]!]]
      : [[to.alpha / from.alpha, start], [-to.sigma * phi, this.outputs[0]!]];
  }

  private residual(i: number, terms: Term[]): Term[] {
    const { alpha, sigma } = this.level(i + 1);
    return scale(terms, -(this.config.predict_x0 ? alpha : sigma) * this.bh(i));
  }

  /** B(h) of the paper: h itself, or e^h − 1. */
  private bh(i: number): number {
    return this.config.solver_type === 'bh1' ? this.signedH(i) : expm1(this.signedH(i));
  }

  /** Solves Σₖ ρₖ rₖ^(n−1) = n! φₙ₊₁(h)/B(h), n = 1 … number of ratios (eq. 8). */
  private weights(i: number, ratios: readonly number[]): number[] {
    const h = this.signedH(i);
    let factorial = 1;
    let phi = expm1(h) / h - 1;
    const rows = ratios.map((_, n) => {
      const right = (phi * factorial) / this.bh(i);
      factorial *= n + 2;
      phi = phi / h - 1 / factorial;
      return [...ratios.map((ratio) => ratio ** n), right];
    });
    return solve(rows);
  }
}

function scale(terms: readonly Term[], factor: number): Term[] {
  return terms.map(([own, values]) => [own * factor, values]);
}

/** Gaussian elimination with row exchange; each row is its coefficients and its right side. */
function solve(rows: number[][]): number[] {
  const n = rows.length;
  for (let column = 0; column < n; column++) {
    const best = rows.slice(column).reduce((best, row, k) => (Math.abs(row[column]!) > Math.abs(rows[best]![column]!) ? column + k : best), column);
    [rows[column], rows[best]] = [rows[best]!, rows[column]!];
    for (let r = 0; r < n; r++) {
      if (r === column) continue;
      const factor = rows[r]![column]! / rows[column]![column]!;
      for (let c = column; c <= n; c++) rows[r]![c]! -= factor * rows[column]![c]!;
    }
  }
  return rows.map((row, r) => row[n]! / row[r]!);
}

function scheduleOf(config: Config, steps: number, { imageSequenceLength }: Pick<SchedulerOptions, 'imageSequenceLength'>): MultistepSchedule {
  const trained = config.num_train_timesteps;
  const spaced = multistepTimesteps(config, steps, trained);
  if (!config.use_flow_sigmas) return discreteSchedule(config, spaced, steps, { roundKarras: true, endOfShape: true });
  if (config.use_karras_sigmas) {
    // Karras' levels are those of the variance-preserving table, turned into flow levels afterwards.
    const { sigmas } = discreteSchedule(config, spaced, steps, { roundKarras: true, endOfShape: true });
    return wholeFlow(config, Array.from(sigmas.subarray(0, -1), (sigma) => sigma / (sigma + 1)));
  }
  const even = linspace(1, 1 / trained, steps + 1).slice(0, -1);
  const mu = config.use_dynamic_shifting ? dynamicMu(config, imageSequenceLength) : 0;
  const shifted = stretchToTerminal(config, even.map((sigma) => (config.use_dynamic_shifting ? dynamicShiftSigma(config, mu, sigma) : shiftSigma(sigma, config.flow_shift))));
  // At σ = 1 there is no signal and λ is −∞.
  if (Math.abs((shifted[0] ?? 0) - 1) < 1e-6) shifted[0]! -= 1e-6;
  return wholeFlow(config, shapeSigmas(config, shifted, steps) ?? shifted);
}

function wholeFlow(config: Config, sigmas: readonly number[]): MultistepSchedule {
  return { timesteps: sigmas.map((sigma) => Math.trunc(sigma * config.num_train_timesteps)), sigmas: withEnd(config, sigmas, sigmas[sigmas.length - 1] ?? 0) };
}
