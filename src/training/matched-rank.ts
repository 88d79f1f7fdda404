/** How well errors tell which caption belongs to a picture. */

/** Rank (from 1) of each picture's own caption by error, `errors` [count, count]; equal errors share the better half. */
export function matchedRanks(errors: Float32Array, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const row = errors.subarray(i * count, (i + 1) * count);
    return 1 + row.reduce((beaten, error, j) => beaten + (j === i ? 0 : error < row[i]! ? 1 : error === row[i] ? 0.5 : 0), 0);
  });
}

export function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}
