import assert from 'node:assert/strict';
import { runPoints, runValidation } from './run-points';
import type { RunLog } from './run-log';

const step = (at: number, loss: number | null): RunLog['steps'][number] => ({ event: 'step', time: 0, step: at, steps: 9, loss, learningRate: at, gradientNorm: null, matchedRank: 1, tokenCosine: 0, secondsPerStep: 1, etaSeconds: 0 });

describe('the points of a run\'s charts', () => {
  it('are its steps while these are few, gaps included', () => {
    const { points, stepsPerPoint } = runPoints([step(1, 3), step(2, null)]);
    assert.equal(stepsPerPoint, 1);
    assert.deepEqual([points.step, points.loss, points.gradientNorm], [[1, 2], [3, null], [null, null]]);
  });

  it('are means of neighbours, of equal many but for the last', () => {
    const { points, stepsPerPoint } = runPoints([1, 2, 3, null, 5].map((loss, index) => step(index + 1, loss)), 3);
    assert.equal(stepsPerPoint, 2);
    assert.deepEqual([points.step, points.loss, points.learningRate], [[2, 4, 5], [1.5, 3, 5], [1.5, 3.5, 5]]);
  });

  it('have one validation for each step', () => {
    const validation = (at: number, loss: number) => ({ event: 'validation' as const, time: 0, step: at, loss, accuracy: 0.5, matchedRank: 1, pictures: 2 });
    assert.deepEqual(runValidation([validation(5, 1), validation(2, 2), validation(5, 3)]), { step: [2, 5], loss: [2, 3], accuracy: [0.5, 0.5] });
  });
});
