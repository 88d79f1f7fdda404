/** NaN and infinity spread to every later value, so each stage is checked and the first that fails is named. */
import { DiffusionError } from './error';

/** Throws `DiffusionError` (`numeric`) naming `stage` unless every value is finite. */
export function mustBeFinite(values: Float32Array, stage: string): void {
  // Sums find both: NaN and infinities never cancel back to a finite number. Four of them, so that no addition waits for the last.
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += values[i]! * 0;
    b += values[i + 1]! * 0;
    c += values[i + 2]! * 0;
    d += values[i + 3]! * 0;
  }
  for (let i = whole; i < values.length; i++) a += values[i]! * 0;
  if (a + b + c + d === 0) return;
  const bad = values.findIndex((value) => !Number.isFinite(value));
  throw new DiffusionError('numeric', `${stage} gave ${values[bad]} (value ${bad} of ${values.length}); either its weights are damaged, then fetch the model again, or half precision overflowed, then use an fp32 export of this part`);
}
