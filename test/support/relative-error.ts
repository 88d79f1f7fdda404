/** How far two lists of numbers are apart. */
import assert from 'node:assert/strict';

/** ‖actual − expected‖ / ‖expected‖; lists of unequal length fail. */
export function relativeError(actual: Float32Array, expected: Float32Array): number {
  assert.equal(actual.length, expected.length);
  const square = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);
  return Math.sqrt(square(actual.map((value, i) => value - expected[i]!)) / square(expected));
}
