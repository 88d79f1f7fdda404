/** Prompt weights on what an encoder made of the text. */

/**
 * How scaled tokens are brought back to the encoder's range. `original-mean` is AUTOMATIC1111's ("Original"): the mean of
 * all values stays what it was. `none` is for encoders whose outputs have a mean near zero, where that ratio is noise.
 */
export type EmphasisMode = 'original-mean' | 'none';

/**
 * Multiplies each token's embedding by its weight, in place.
 * @param hidden `[tokens, width]` of one chunk
 * @param weights one per token
 */
export function emphasize(hidden: Float32Array, weights: readonly number[], mode: EmphasisMode): void {
  if (weights.every((weight) => weight === 1)) return;
  const width = hidden.length / weights.length;
  const before = mode === 'original-mean' ? mean(hidden) : 0;
  weights.forEach((weight, token) => {
    if (weight === 1) return;
    for (let i = token * width; i < (token + 1) * width; i++) hidden[i] = hidden[i]! * weight;
  });
  if (mode === 'none') return;
  const after = mean(hidden);
  const ratio = before / after;
  if (Number.isFinite(ratio)) for (let i = 0; i < hidden.length; i++) hidden[i] = hidden[i]! * ratio;
}

/**
 * The pooled vector under prompt weights: each weighted span moves it along what the span contributes,
 * `p + Σ (w − 1)(p − p without the span)`, brought back to the length of `p` (design.md: scaled tokens alone are nearly
 * inert behind layer norms).
 * @param without one entry per weighted span: its weight and the pooled vector of the text without it
 */
export function movePooled(pooled: Float32Array, without: readonly { weight: number; pooled: Float32Array }[]): Float32Array {
  const moved = Float32Array.from(pooled, (value, i) =>
    without.reduce((sum, span) => sum + (span.weight - 1) * (value - span.pooled[i]!), value),
  );
  const scale = length(pooled) / length(moved);
  return Number.isFinite(scale) ? moved.map((value) => value * scale) : pooled;
}

function mean(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

function length(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}
