import assert from 'node:assert/strict';
import { near } from '../test-support/near';
import { trainedAt } from '../test-support/trained-at';
import { readFields } from './config';
import { ancestralStep, EulerAncestralScheduler } from './euler-ancestral';

const scheduler = (fields: object = {}) => new EulerAncestralScheduler(readFields('EulerAncestralDiscreteScheduler', { ...trainedAt(3, 5), ...fields }), 2, 0);

describe('an ancestral step', () => {
  it('goes down to σ′²/σ, so that noise brings it back up to σ′', () => {
    near(Float32Array.from(Object.values(ancestralStep(5, 3))), [2.4, 1.8], 1e-6); // 3 · 4/5, 9/5
    for (const [from, to] of [[14.6, 9.7], [2, 1.9], [0.4, 0.03]] as const) {
      const { up, down } = ancestralStep(from, to);
      near(Float32Array.of(Math.hypot(up, down), down), [to, to ** 2 / from], 1e-5);
    }
    assert.deepEqual(ancestralStep(5, 0), { up: 0, down: 0 });
    assert.deepEqual(ancestralStep(5, 5), { up: 0, down: 5 });
    assert.deepEqual(ancestralStep(2 ** 13, 1), { up: 1, down: 0 }); // 2²⁶ − 1 is 2²⁶ in float32
  });

  it("is Euler's with fresh noise", () => {
    // From σ = 5: x − (5 − 1.8) ε + 2.4 z
    near(scheduler().step({ modelOutput: Float32Array.of(0.5, -1), i: 0, sample: Float32Array.of(1, 2), noise: () => Float32Array.of(10, -1) }), [1 - 1.6 + 24, 2 + 3.2 - 2.4], 1e-5);
  });

  it('ends at x₀, and draws noise there too, as diffusers does', () => {
    let draws = 0;
    const noise = () => Float32Array.of(++draws);
    near(scheduler().step({ modelOutput: Float32Array.of(0.5), i: 1, sample: Float32Array.of(1), noise }), [1 - 3 * 0.5], 1e-6);
    assert.equal(draws, 1);
  });

  it('does not read x₀ itself', () => {
    assert.throws(() => scheduler({ prediction_type: 'sample' }), /EulerAncestralDiscreteScheduler cannot walk a model with prediction_type "sample" \(it takes epsilon, v_prediction\)/);
  });
});
