/** How well errors tell which caption belongs to a picture. */

/** Rank (from 1) of each picture's own caption by error, `errors` [pictures, captions], the own first; equal errors share the better half. */
export function matchedRanks(errors: Float32Array, captions: number): number[] {
  return Array.from({ length: errors.length / captions }, (_, i) => {
    const [own, ...others] = errors.subarray(i * captions, (i + 1) * captions);
    return 1 + others.reduce((beaten, error) => beaten + (error < own! ? 1 : error === own ? 0.5 : 0), 0);
  });
}

export function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}
