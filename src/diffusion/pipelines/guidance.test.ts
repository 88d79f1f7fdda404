import assert from 'node:assert/strict';
import { guided, guidesAt, needsNegative, needsUnconditional, thresholded } from './guidance';

describe('guidance', () => {
  const conditional = Float32Array.of(1, 2, 3, 4);
  const unconditional = Float32Array.of(0, 1, 1, 0);
  const mix = (guidanceScale: number, guidanceRescale = 0, perpendicularNegative = 0, negative?: Float32Array) =>
    guided({ conditional, unconditional, ...(negative && { negative }) }, { guidanceScale, guidanceRescale, perpendicularNegative });

  it('goes from the unconditional answer through the conditional one', () => {
    assert.deepEqual([...mix(2)], [2, 3, 5, 8]);
    assert.deepEqual([...mix(1)], [...conditional]);
    assert.deepEqual([...mix(0)], [...unconditional]);
  });

  it('fully rescaled has the spread of the conditional answer', () => {
    const spread = (values: Float32Array) => {
      const mean = values.reduce((a, b) => a + b) / values.length;
      return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
    };
    const rescaled = mix(7, 1);
    assert.ok(Math.abs(spread(rescaled) - spread(conditional)) < 1e-6);
    assert.ok(Math.abs(spread(mix(7, 0.5)) - (spread(rescaled) + spread(mix(7))) / 2) < 1e-5);
  });

  it('is off at 1 and below', () => assert.deepEqual([0, 1, 1.01].map(needsUnconditional), [false, false, true]));

  it('acts within its interval only, in whole steps', () => {
    const acting = (from: number, to: number, steps: number) => Array.from({ length: steps }, (_, step) => Number(guidesAt([from, to], step, steps))).join('');
    assert.equal(acting(0, 1, 4), '1111');
    assert.equal(acting(0.25, 0.75, 4), '0110');
    assert.equal(acting(0.3, 0.8, 5), '01110');
    assert.equal(acting(0.5, 0.5, 4), '0000');
  });

  it('of a perpendicular negative ignores what lies along the prompt', () => {
    const along = conditional.map((value, i) => unconditional[i]! + 0.5 * (value - unconditional[i]!));
    assert.deepEqual([...mix(3, 0, 1, along)], [...mix(3)]);
    const across = Float32Array.of(1, 0, 1, 0); // (1, −1, 0, 0) from the unconditional; perpendicular to (1, 1, 2, 4)
    assert.deepEqual([...mix(3, 0, 1, across)], [0, 7, 7, 12]);
    assert.deepEqual([{ perpendicularNegative: 1, negativePrompt: '' }, { perpendicularNegative: 1, negativePrompt: 'red' }].map((some) => needsNegative({ guidanceScale: 3, guidanceRescale: 0, guidanceInterval: [0, 1], dynamicThresholding: 0, ...some })), [false, true]);
  });

  it('thresholded brings x₀ back into its range, and leaves what is in it', () => {
    const original = (answer: Float32Array) => answer.map((value) => 10 - 2 * value); // x₀ = 10 − 2 · answer
    const x0 = (answer: Float32Array) => [...original(answer)];
    const wide = Float32Array.of(3, 7, 5, 4); // x₀: 4, −4, 0, 2
    assert.deepEqual(x0(thresholded(wide, null, 1, original, -2)), [1, -1, 0, 0.5]);
    assert.deepEqual(x0(thresholded(wide, Float32Array.of(4, 5, 5, 5), 1, original, -2)), [2, -2, 0, 1], 'the range of latents is that of the conditional answer');
    const narrow = Float32Array.of(4.75, 5, 5.25, 5);
    assert.deepEqual(thresholded(narrow, null, 1, original, -2), narrow);
  });
});
