import assert from 'node:assert/strict';
import { interval, ratioInterval } from './statistics';

describe('intervals', () => {
  it('are points where nothing varies', () => {
    assert.deepEqual(interval([0.5, 0.5, 0.5]), { mean: 0.5, low: 0.5, high: 0.5 });
  });

  it('are as wide as the normal approximation says', () => {
    const values = Array.from({ length: 400 }, (_, i) => Number(i % 4 === 0)); // standard error √(0.25 · 0.75 / 400) = 0.02165
    const { mean, low, high } = interval(values);
    assert.equal(mean, 0.25);
    assert.ok(Math.abs(low - (0.25 - 1.96 * 0.02165)) < 0.006, String(low));
    assert.ok(Math.abs(high - (0.25 + 1.96 * 0.02165)) < 0.006, String(high));
  });

  it('are the same every time', () => {
    const values = [1, 0, 0, 1, 1, 0, 1];
    assert.deepEqual(interval(values), interval(values));
  });

  it('resample numerator and denominator together', () => {
    const { mean, low, high } = ratioInterval([1, 2, 3], [2, 4, 6]);
    assert.deepEqual([mean, low, high], [0.5, 0.5, 0.5]);
  });

  it('refuse nothing', () => assert.throws(() => interval([]), RangeError));
});
