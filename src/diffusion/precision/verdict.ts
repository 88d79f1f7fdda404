/** Whether a copy that was measured may be called better than its original. */
import type { Measured } from './measure-copy';

/** A copy that is not at least this much faster is not worth another picture. */
const BETTER = 1.05;

/**
 * Why the original is kept, in a line; `undefined` for a copy that is faster and whose middle picture differs by at most `keepError`
 * of full scale. Layers were chosen by fewer pictures than it is judged by, so a choice that kept to the bound may not keep to it here.
 */
export function whyNotBetter({ quality, speed }: Measured, keepError: number): string | undefined {
  if (!(speed.ratio >= BETTER)) return `kept fp32: int8 was ${speed.ratio.toFixed(2)}x as fast`;
  if (!(quality.pictureMedian <= keepError)) {
    return `kept fp32: the middle of ${quality.pictures} int8 pictures differs by ${quality.pictureMedian.toFixed(4)} of full scale, more than ${keepError}; allow more with --keep-error`;
  }
  return undefined;
}
