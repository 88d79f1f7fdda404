import assert from 'node:assert/strict';
import { guided, needsUnconditional } from './guidance';

describe('guidance', () => {
  const conditional = Float32Array.of(1, 2, 3, 4);
  const unconditional = Float32Array.of(0, 1, 1, 0);

  it('goes from the unconditional answer through the conditional one', () => {
    assert.deepEqual([...guided(conditional, unconditional, 2, 0)], [2, 3, 5, 8]);
    assert.deepEqual([...guided(conditional, unconditional, 1, 0)], [...conditional]);
    assert.deepEqual([...guided(conditional, unconditional, 0, 0)], [...unconditional]);
  });

  it('fully rescaled has the spread of the conditional answer', () => {
    const spread = (values: Float32Array) => {
      const mean = values.reduce((a, b) => a + b) / values.length;
      return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
    };
    const rescaled = guided(conditional, unconditional, 7, 1);
    assert.ok(Math.abs(spread(rescaled) - spread(conditional)) < 1e-6);
    assert.ok(Math.abs(spread(guided(conditional, unconditional, 7, 0.5)) - (spread(rescaled) + spread(guided(conditional, unconditional, 7, 0))) / 2) < 1e-5);
  });

  it('is off at 1 and below', () => assert.deepEqual([0, 1, 1.01].map(needsUnconditional), [false, false, true]));
});
