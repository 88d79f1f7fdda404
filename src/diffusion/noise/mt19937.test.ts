import assert from 'node:assert/strict';
import { Mt19937 } from './mt19937';

const first = (seed: bigint, count: number) => {
  const engine = new Mt19937(seed);
  return Array.from({ length: count }, () => engine.uint32());
};

describe('the Mersenne Twister', () => {
  it('gives the numbers of the standard seed, the ten thousandth as the C++ standard prescribes it', () => {
    const numbers = first(5489n, 10_000);
    assert.deepEqual(numbers.slice(0, 10), [3499211612, 581869302, 3890346734, 3586334585, 545404204, 4161255391, 3922919429, 949333985, 2715962298, 1323567403]);
    assert.deepEqual(numbers.slice(622, 626), [2227348307, 4020325887, 4178893912, 610818241], 'across the end of its state');
    assert.equal(numbers.at(-1), 4123659995);
  });

  it('gives those of other seeds', () => {
    // numpy.random.RandomState(seed).randint(0, 2**32, dtype=numpy.uint32), which starts by the same init_genrand
    assert.deepEqual(first(0n, 4), [2357136044, 2546248239, 3071714933, 3626093760]);
    assert.deepEqual(first(1n, 4), [1791095845, 4282876139, 3093770124, 4005303368]);
    assert.deepEqual(first(2n ** 32n - 1n, 3), [419326371, 479346978, 3918654476]);
  });

  it('takes the low 32 bits of a seed, as PyTorch does', () => {
    assert.deepEqual(first(2n ** 32n + 42n, 4), first(42n, 4));
    assert.deepEqual(first(2n ** 64n - 1n, 4), first(2n ** 32n - 1n, 4));
  });
});
