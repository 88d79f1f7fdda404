/** Loss heads, composed in ONNX: each takes names of values and returns the name of a scalar. */
import type { GraphBuilder } from './builder.ts';

/** mean((prediction − target)²) over all elements. */
export function meanSquaredError(b: GraphBuilder, prediction: string, target: string): string {
  const difference = b.sub(prediction, target);
  return meanOfAll(b, b.mul(difference, difference));
}

/**
 * −mean over rows of log softmax(logits)[label]. `logits` [rows, classes], `labels` int64 [rows].
 */
export function crossEntropy(b: GraphBuilder, logits: string, labels: string): string {
  const chosen = b.op('GatherElements', [b.op('LogSoftmax', [logits], { axis: -1 }), b.unsqueeze(labels, [1])], { axis: 1 });
  return b.neg(meanOfAll(b, chosen));
}

/** Σ weightᵢ · lossᵢ of scalars; weights known now, or the names of scalars. */
export function weightedSum(b: GraphBuilder, terms: readonly (readonly [loss: string, weight: number | string])[]): string {
  const weighted = terms.map(([loss, weight]) => (typeof weight === 'number' ? b.scale(loss, weight) : b.mul(loss, weight)));
  return weighted.reduce((sum, term) => b.add2(sum, term));
}

function meanOfAll(b: GraphBuilder, value: string): string {
  const axes = [...Array(b.rankOf(value)).keys()];
  return b.squeeze(b.mean(value, axes), axes);
}
