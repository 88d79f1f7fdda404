/**
 * How tokens change with time: an offset added to all tokens of a layer, `Σ_k weight_k(t) · row_k`, where the rows are
 * trained. Buckets are SoftREPA's embedding table; splines are ours, because neighbouring buckets of the released table
 * are almost orthogonal: it learned noise, not a function of time.
 */
export const TIME_EMBEDDINGS = ['none', 'smooth', 'buckets'] as const;
export type TimeEmbedding = (typeof TIME_EMBEDDINGS)[number];

const BUCKETS = 100;
const BASES = 16;
/** Cubic splines: four bases overlap everywhere. */
const INTERVALS = BASES - 3;

/** Rows of the trained table. */
export function timeRows(kind: TimeEmbedding): number {
  return kind === 'none' ? 0 : kind === 'buckets' ? BUCKETS : BASES;
}

/**
 * What each row counts for at a time: `[row, weight]`, weights sum to 1.
 * Buckets: ⌊min(t, 999) / 10⌋, SoftREPA's. Smooth: uniform cubic B-splines over 0 to 1000 (de Boor 1978), which are
 * polynomials, so that every JavaScript engine has the same.
 * @param timestep 0 to 1000, fractions included
 */
export function timeWeights(kind: TimeEmbedding, timestep: number): (readonly [row: number, weight: number])[] {
  if (kind === 'none') return [];
  const time = Math.min(Math.max(timestep, 0), 999);
  if (kind === 'buckets') return [[Math.floor(time / 10), 1]];
  const place = (time / 1000) * INTERVALS;
  const first = Math.floor(place);
  const u = place - first;
  const rest = 1 - u;
  return [
    [first, (rest * rest * rest) / 6],
    [first + 1, (3 * u * u * u - 6 * u * u + 4) / 6],
    [first + 2, (-3 * u * u * u + 3 * u * u + 3 * u + 1) / 6],
    [first + 3, (u * u * u) / 6],
  ];
}
