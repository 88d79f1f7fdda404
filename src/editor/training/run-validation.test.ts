import assert from 'node:assert/strict';
import { runValidation } from './run-validation';

describe('the validations of a run\'s chart', () => {
  it('are one for each step', () => {
    const validation = (at: number, loss: number) => ({ event: 'validation' as const, time: 0, step: at, loss, accuracy: 0.5, matchedRank: 1, pictures: 2 });
    assert.deepEqual(runValidation([validation(5, 1), validation(2, 2), validation(5, 3)]), { step: [2, 5], loss: [2, 3], accuracy: [0.5, 0.5] });
  });
});
