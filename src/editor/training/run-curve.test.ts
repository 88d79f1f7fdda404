import assert from 'node:assert/strict';
import { POINTS_AT_MOST } from '../../messages';
import { RunCurve } from './run-curve';

const step = (at: number, loss: number | null) => ({ step: at, loss, learningRate: at, gradientNorm: null, matchedRank: 1, tokenCosine: 0 });
const curveOf = (losses: readonly (number | null)[], atMost?: number) => {
  const curve = new RunCurve(atMost);
  losses.forEach((loss, index) => curve.add(step(index + 1, loss)));
  return curve;
};

describe('the points of a run\'s charts', () => {
  it('are its steps while these are few, gaps included', () => {
    const { points, stepsPerPoint } = curveOf([3, null]);
    assert.equal(stepsPerPoint, 1);
    assert.deepEqual([points.step, points.loss, points.gradientNorm], [[1, 2], [3, null], [null, null]]);
  });

  it('are means of neighbours, of equal many but for the last', () => {
    const { points, stepsPerPoint } = curveOf([1, 2, 3, null, 5], 4);
    assert.equal(stepsPerPoint, 2);
    assert.deepEqual([points.step, points.loss, points.learningRate], [[2, 4, 5], [1.5, 3, 5], [1.5, 3.5, 5]]);
  });

  it('are no more for a long run', () => {
    const { points, stepsPerPoint } = curveOf(Array.from({ length: 100_000 }, (_, index) => index + 1));
    assert.equal(stepsPerPoint, 128);
    assert.ok(points.step.length > POINTS_AT_MOST / 2 && points.step.length <= POINTS_AT_MOST, String(points.step.length));
    assert.deepEqual([points.step.at(-1), points.loss[0]], [100_000, 64.5]);
  });

  it('are those of steps that count', () => {
    const curve = curveOf([1, 2, 3, 4, 5, 6, 7], 4);
    curve.forgetAfter(5);
    assert.deepEqual(curve.points.step, [2, 4]);
    curve.add(step(6, 9));
    curve.add(step(7, 9));
    assert.deepEqual([curve.points.step, curve.points.loss], [[2, 4, 7], [1.5, 3.5, 9]]);
  });
});
