/** Optimizers over named float32 arrays of any size. State is plain arrays, so that a checkpoint is a copy of it. */

/** What is trained, by name; changed in place. */
export type Trainables = ReadonlyMap<string, Float32Array>;

export interface Optimizer {
  /** Changes the trainables by their gradients. `step` counts from 1. */
  apply(gradients: Trainables, learningRate: number, step: number): void;
  /** What must be kept to go on exactly here; the arrays themselves. */
  readonly state: Trainables;
}

export interface OptimizerOptions {
  readonly optimizer: 'adamw' | 'sgd';
  readonly momentum: number;
  readonly beta2: number;
  readonly weightDecay: number;
}

export function createOptimizer(trainables: Trainables, options: OptimizerOptions): Optimizer {
  return options.optimizer === 'adamw' ? new AdamW(trainables, options) : new Sgd(trainables, options);
}

const EPSILON = 1e-8;

/** Loshchilov & Hutter 2019 (1711.05101), algorithm 2, with bias correction as in `torch.optim.AdamW`. `momentum` is beta1. */
class AdamW implements Optimizer {
  readonly state: Trainables;

  constructor(private readonly trainables: Trainables, private readonly options: OptimizerOptions) {
    this.state = zerosFor(trainables, ['first', 'second']);
  }

  apply(gradients: Trainables, learningRate: number, step: number): void {
    const { momentum: beta1, beta2, weightDecay } = this.options;
    const rate = learningRate / (1 - power(beta1, step));
    const root = Math.sqrt(1 - power(beta2, step));
    for (const [name, values] of this.trainables) {
      const gradient = mustHave(gradients, name);
      const [first, second] = [mustHave(this.state, `first/${name}`), mustHave(this.state, `second/${name}`)];
      for (let i = 0; i < values.length; i++) {
        const g = gradient[i]!;
        first[i] = first[i]! + (1 - beta1) * (g - first[i]!);
        second[i] = beta2 * second[i]! + (1 - beta2) * g * g;
        values[i] = values[i]! * (1 - learningRate * weightDecay) - (rate * first[i]!) / (Math.sqrt(second[i]!) / root + EPSILON);
      }
    }
  }
}

/** `torch.optim.SGD` with momentum (no dampening); weight decay is added to the gradient, as there. */
class Sgd implements Optimizer {
  readonly state: Trainables;

  constructor(private readonly trainables: Trainables, private readonly options: OptimizerOptions) {
    this.state = zerosFor(trainables, ['momentum']);
  }

  apply(gradients: Trainables, learningRate: number, step: number): void {
    const { momentum, weightDecay } = this.options;
    for (const [name, values] of this.trainables) {
      const gradient = mustHave(gradients, name);
      const buffer = mustHave(this.state, `momentum/${name}`);
      for (let i = 0; i < values.length; i++) {
        const g = gradient[i]! + weightDecay * values[i]!;
        buffer[i] = step === 1 ? g : momentum * buffer[i]! + g;
        values[i] = values[i]! - learningRate * buffer[i]!;
      }
    }
  }
}

/** The length of all gradients as one vector. */
export function gradientNorm(gradients: Trainables): number {
  let squares = 0;
  for (const values of gradients.values()) for (const value of values) squares += value * value;
  return Math.sqrt(squares);
}

/** Scales gradients in place to at most this norm, as `clip_grad_norm_`; 0 leaves them. Returns the norm before. */
export function clipGradients(gradients: Trainables, largest: number): number {
  const norm = gradientNorm(gradients);
  const factor = largest / (norm + 1e-6);
  if (largest > 0 && factor < 1) for (const values of gradients.values()) for (let i = 0; i < values.length; i++) values[i] = values[i]! * factor;
  return norm;
}

/** Adds `share` of one set of gradients to another, in place. */
export function accumulate(sum: Trainables, gradients: Trainables, share: number): void {
  for (const [name, total] of sum) {
    const part = mustHave(gradients, name);
    for (let i = 0; i < total.length; i++) total[i] = total[i]! + share * part[i]!;
  }
}

/** By multiplications alone: `Math.pow` differs between JavaScript engines. */
export function power(base: number, exponent: number): number {
  let [result, square] = [1, base];
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}

function zerosFor(trainables: Trainables, kinds: readonly string[]): Map<string, Float32Array> {
  return new Map(kinds.flatMap((kind) => [...trainables].map(([name, values]) => [`${kind}/${name}`, new Float32Array(values.length)] as const)));
}

function mustHave(values: Trainables, name: string): Float32Array {
  const found = values.get(name);
  if (!found) throw new Error(`there are no numbers called ${name}`);
  return found;
}
