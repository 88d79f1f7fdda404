import assert from 'node:assert/strict';
import { createNoise } from './index';
import { PhiloxGenerator } from './philox';
import { TorchGenerator } from './torch-generator';

describe('noise of a seed', () => {
  const LARGEST = String((1n << 64n) - 1n);

  it('is dealt by the generator that is asked for', () => {
    assert.deepEqual(createNoise('torch', '42').randn(20), new TorchGenerator(42n).randn(20));
    assert.deepEqual(createNoise('philox', LARGEST).randn(20), new PhiloxGenerator((1n << 64n) - 1n).randn(20));
  });

  it('outside of 64 bits is refused', () => {
    for (const seed of ['-1', '1.5', '', 'x', ' 1', '1e3', String(1n << 64n), '1'.repeat(30)]) {
      assert.throws(() => createNoise('torch', seed), { name: 'RangeError', message: `seed ${JSON.stringify(seed)} is not an integer from 0 to ${LARGEST}` });
    }
  });
});
