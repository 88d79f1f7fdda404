/** Classifier-free guidance: away from what the network says without the prompt, towards what it says with it. */

/**
 * `unconditional + scale · (conditional − unconditional)`, then rescaled by `rescale` towards the spread of the
 * conditional answer. Sources: Ho & Salimans 2022 (2207.12598), eq. 6; Lin et al. 2023 (2305.08891), section 3.4.
 */
export function guided(conditional: Float32Array, unconditional: Float32Array, scale: number, rescale: number): Float32Array {
  const result = new Float32Array(conditional.length);
  for (let i = 0; i < result.length; i++) result[i] = unconditional[i]! + scale * (conditional[i]! - unconditional[i]!);
  if (rescale === 0) return result;
  const ratio = deviation(conditional) / deviation(result);
  if (!Number.isFinite(ratio)) return result;
  const factor = rescale * ratio + (1 - rescale);
  for (let i = 0; i < result.length; i++) result[i] = result[i]! * factor;
  return result;
}

/**
 * Guidance is off at 1 and below, as in diffusers: 1 is the conditional answer alone, and distilled models say 0 for "no
 * guidance".
 */
export function needsUnconditional(scale: number): boolean {
  return scale > 1;
}

function deviation(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  const mean = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - mean) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}
