/** Means with bootstrap intervals (Efron 1979), always over prompts or pictures, never over the seeds of one of them. */
import { philox4x32 } from '../prompt/philox';

/** A mean and the 2.5th and 97.5th percentile of its bootstrap distribution. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

const ROUNDS = 1000;

/** @param values one per independent unit; the same values always give the same interval. Throws for none. */
export function interval(values: readonly number[]): Interval {
  return ratioInterval(values, values.map(() => 1));
}

/** Of Σ numerators ÷ Σ denominators, units resampled together. */
export function ratioInterval(numerators: readonly number[], denominators: readonly number[]): Interval {
  const count = numerators.length;
  if (count === 0) throw new RangeError('an interval needs at least one value');
  const ratio = (unit: (i: number) => number) => {
    let [above, below] = [0, 0];
    for (let i = 0; i < count; i++) {
      above += numerators[unit(i)]!;
      below += denominators[unit(i)]!;
    }
    return below === 0 ? 0 : above / below;
  };
  const means = Array.from({ length: ROUNDS }, (_, round) => {
    const chosen = draws(round, count);
    return ratio((i) => chosen[i]!);
  }).sort((a, b) => a - b);
  return { mean: ratio((i) => i), low: means[Math.floor(0.025 * ROUNDS)]!, high: means[Math.ceil(0.975 * ROUNDS) - 1]! };
}

/** `count` draws with replacement from 0 to count − 1; the same in every run and on every engine. */
function draws(round: number, count: number): Uint32Array {
  const chosen = new Uint32Array(count);
  for (let i = 0; i < count; i += 4) {
    philox4x32([round, 0x0ea5e1], [i, 0, 0, 0]).forEach((word, j) => {
      if (i + j < count) chosen[i + j] = Math.floor((word / 2 ** 32) * count);
    });
  }
  return chosen;
}
