/** NaN and infinity spread to every later value, so each stage is checked and the first that fails is named. */
import { DiffusionError } from './error';

/** Throws `DiffusionError` (`numeric`) naming `stage` unless every value is finite. */
export function mustBeFinite(values: Float32Array, stage: string): void {
  // One sum finds both: NaN and infinities never cancel back to a finite number. Half a million values take under 1 ms.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0;
  if (sum === 0) return;
  const bad = values.findIndex((value) => !Number.isFinite(value));
  throw new DiffusionError('numeric', `${stage} gave ${values[bad]} (value ${bad} of ${values.length}); either its weights are damaged, then fetch the model again, or half precision overflowed, then use an fp32 export of this part`);
}
