/**
 * Schedulers whose step is a weighted sum of the latents and the network's answer, as numbers: such a step can be taken inside
 * the graph, and the latents need not leave the device. Euler, FlowMatchEuler and DDIM are of that kind as long as they neither
 * add noise nor clip; methods that remember earlier answers are not.
 */
import type { Scheduler } from './scheduler';

/** A scheduler that says so itself; one that does not say is not linear. */
export interface MaybeLinear {
  /** `step` is a sum of its two arguments with factors that depend on `i` alone, and nothing is remembered. */
  readonly isLinear: boolean;
}

/** What becomes of the latents as the network sees them (scaled) at one call: factors of them and of its answer. */
export interface LinearStep {
  /** The latents as the network sees them at the next call. */
  readonly next: readonly [sample: number, output: number];
  /** The latents after this call, not scaled. */
  readonly after: readonly [sample: number, output: number];
  /** The clean latents that the network has in mind. */
  readonly original: readonly [sample: number, output: number];
}

/** The factors of call `i`, read off the scheduler by asking it about unit vectors; `null` if it is not linear there. */
export function linearStep(scheduler: Scheduler & Partial<MaybeLinear>, i: number): LinearStep | null {
  if (!scheduler.isLinear) return null;
  const [sample, modelOutput] = [Float32Array.of(1, 0), Float32Array.of(0, 1)];
  const scaleAt = (call: number) => (call < scheduler.timesteps.length ? scheduler.scaleModelInput(Float32Array.of(1), call)[0]! : 1);
  const noise = () => {
    throw new Error(`${scheduler.className} calls itself linear and asks for noise`);
  };
  const [p, q] = scheduler.step({ modelOutput, i, sample, noise }) as unknown as [number, number];
  const [p0, q0] = scheduler.predictOriginal(modelOutput, i, sample) as unknown as [number, number];
  const [scale, nextScale] = [scaleAt(i), scaleAt(i + 1)];
  const factors = { next: [(nextScale * p) / scale, nextScale * q], after: [p / scale, q], original: [p0 / scale, q0] } as const;
  return Object.values(factors).flat().every(Number.isFinite) ? factors : null;
}
