/** Keeping x₀ within the range of a picture: plain clipping, or dynamic thresholding (Saharia et al. 2022, 2205.11487, §2.3). */
import type { ThresholdConfig } from './config';

/** Each value brought into −range to range; a new array. */
export function clip(values: Float32Array, range: number): Float32Array {
  return values.map((value) => Math.min(Math.max(value, -range), range));
}

/** Clips at the quantile of |x₀| that the configuration names (at least 1, at most `sample_max_value`) and divides by it. */
export function threshold(values: Float32Array, config: ThresholdConfig): Float32Array {
  const limit = Math.min(Math.max(quantileOfMagnitudes(values, config.dynamic_thresholding_ratio), 1), config.sample_max_value);
  return clip(values, limit).map((value) => value / limit);
}

/** `torch.quantile` of |values|: linear between neighbours. `ratio`: 0 to 1. */
export function quantileOfMagnitudes(values: Float32Array, ratio: number): number {
  const magnitudes = values.map(Math.abs).sort();
  const position = ratio * (magnitudes.length - 1);
  const low = Math.floor(position);
  const below = magnitudes[low] ?? 0;
  return below + ((magnitudes[low + 1] ?? below) - below) * (position - low);
}

/** What a class that knows both does with x₀: thresholding goes before clipping. */
export function limited(original: Float32Array, config: ThresholdConfig & { readonly clip_sample: boolean; readonly clip_sample_range: number }): Float32Array {
  if (config.thresholding) return threshold(original, config);
  return config.clip_sample ? clip(original, config.clip_sample_range) : original;
}
