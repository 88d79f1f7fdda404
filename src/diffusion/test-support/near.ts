/** Numbers that are right up to rounding. */
import assert from 'node:assert/strict';

/** Each within `tolerance` of what is expected, of which it is a share where that is above 1. */
export function near(actual: Float32Array, expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => assert.ok(Math.abs(value - expected[i]!) <= tolerance * Math.max(1, Math.abs(expected[i]!)), `value ${i}: ${value} is not ${expected[i]}`));
}
