import assert from 'node:assert/strict';
import { near } from '../test-support/near';
import { readFields, type DynamicShiftConfig } from './config';
import { dynamicMu, dynamicShiftSigma, shiftSigma, stretchToTerminal } from './flow-shift';

const config = (fields: object = {}): DynamicShiftConfig => readFields('FlowMatchEulerDiscreteScheduler', { ...fields });
const close = (actual: number, expected: number) => assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);

describe('the shift of flow levels', () => {
  it('leans the middle towards noise and leaves the ends', () => {
    assert.deepEqual([0, 0.5, 1].map((sigma) => shiftSigma(sigma, 3)), [0, 0.75, 1]);
    assert.equal(shiftSigma(0.3, 1), 0.3);
    // The odds σ/(1 − σ) are multiplied by the shift, so the inverse of a shift undoes it.
    close(shiftSigma(0.2, 6), 0.6);
    close(shiftSigma(shiftSigma(0.2, 6), 1 / 6), 0.2);
  });

  it('grows with the picture, linearly', () => {
    const sizes = config({ base_shift: 1, max_shift: 3, base_image_seq_len: 100, max_image_seq_len: 500 });
    assert.deepEqual([100, 300, 500, 700].map((length) => dynamicMu(sizes, length)), [1, 2, 3, 4]);
    assert.throws(() => dynamicMu(sizes, undefined), { name: 'SchedulerError', message: 'this model shifts its schedule by picture size (use_dynamic_shifting); pass imageSequenceLength' });
  });

  it('of a picture is e^μ, or μ where the file says linear', () => {
    for (const sigma of [0.1, 0.5, 0.9, 1]) {
      close(dynamicShiftSigma(config(), Math.log(3), sigma), shiftSigma(sigma, 3));
      close(dynamicShiftSigma(config({ time_shift_type: 'linear' }), 3, sigma), shiftSigma(sigma, 3));
    }
  });

  it('may stretch the levels down to a last one', () => {
    near(Float32Array.from(stretchToTerminal(config({ shift_terminal: 0.1 }), [1, 0.6, 0.2])), [1, 0.55, 0.1], 1e-7); // 1 − σ: 0, 0.45, 0.9
    for (const shift_terminal of [null, 0]) assert.deepEqual(stretchToTerminal(config({ shift_terminal }), [1, 0.6, 0.2]), [1, 0.6, 0.2]);
    assert.deepEqual(stretchToTerminal(config({ shift_terminal: 0.1 }), [1]), [1], 'a single step');
  });
});
