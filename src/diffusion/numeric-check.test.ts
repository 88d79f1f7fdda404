import assert from 'node:assert/strict';
import { mustBeFinite } from './numeric-check';

describe('the numeric check', () => {
  it('passes what is finite, however large', () => mustBeFinite(Float32Array.of(3e38, 3e38, -1e-40, 0), 'x'));

  for (const bad of [NaN, Infinity, -Infinity]) {
    it(`names the stage that gave ${bad}`, () => {
      assert.throws(() => mustBeFinite(Float32Array.of(0, bad, 1), 'unet'), (error: Error & { code?: string }) => error.code === 'numeric' && error.message.startsWith(`unet gave ${bad} (value 1 of 3)`));
    });
  }

  it('does not let opposite infinities cancel', () => assert.throws(() => mustBeFinite(Float32Array.of(Infinity, -Infinity), 'x')));
});
