/** Watches a run for what makes going on useless: tokens that become one, numbers that are none, a loss that runs away. */
import type { CheckpointFacts } from './checkpoint';

export interface Alarm {
  readonly kind: 'collapse' | 'nan' | 'divergence';
  readonly message: string;
}

/** Tokens are one when their cosine stays above this … */
const COLLAPSED = 0.999;
/** … for this many steps. */
const PATIENCE = 20;
const SMOOTHING = 0.98;
/** The loss depends on the time that a step draws, so only its mean over dozens of steps says anything. */
const SETTLED = 100;

export class Watch {
  private smoothed: number | null;
  private best: number | null;
  private collapsed: number;

  /** @param startsCollapsed the run was asked to start with equal tokens: that is no news */
  constructor(private readonly startsCollapsed: boolean, { smoothed, best, collapsed }: CheckpointFacts['watch'] = { smoothed: null, best: null, collapsed: 0 }) {
    this.smoothed = smoothed;
    this.best = best;
    this.collapsed = collapsed;
  }

  get state(): CheckpointFacts['watch'] {
    return { smoothed: this.smoothed, best: this.best, collapsed: this.collapsed };
  }

  /** After a step's numbers are known and before they change anything. */
  look(step: number, { loss, gradientNorm, tokenCosine }: { loss: number; gradientNorm: number; tokenCosine: number | null }): Alarm | null {
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      return { kind: 'nan', message: `step ${step} gave ${Number.isFinite(loss) ? 'a gradient' : 'a loss'} that is no number; the run stops with what it had before. Lower learningRate, or look at the dataset` };
    }
    this.collapsed = tokenCosine !== null && tokenCosine > COLLAPSED ? this.collapsed + 1 : 0;
    if (this.collapsed >= PATIENCE && !this.startsCollapsed) {
      return { kind: 'collapse', message: `the tokens have become one (cosine ${tokenCosine?.toFixed(4)}) by step ${step}; the run stops. Start with initialization: random, or with fewer tokens` };
    }
    this.smoothed = this.smoothed === null ? loss : SMOOTHING * this.smoothed + (1 - SMOOTHING) * loss;
    if (step < SETTLED) return null;
    this.best = Math.min(this.best ?? Infinity, this.smoothed);
    if (this.smoothed > 2 * this.best + 0.1) {
      return { kind: 'divergence', message: `the loss has risen from ${this.best.toFixed(3)} to ${this.smoothed.toFixed(3)} (means over about 50 steps) by step ${step}; the run stops with its last checkpoint. Lower learningRate` };
    }
    return null;
  }
}
