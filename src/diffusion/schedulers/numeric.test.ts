import assert from 'node:assert/strict';
import { combine, combineInto, countDown, interpolate, linspace, roundHalfEven, type Term } from './numeric';

describe('numbers as NumPy makes them', () => {
  it('round halves to even', () => {
    assert.deepEqual([0.5, 1.5, 2.5, -0.5, -1.5, 812.5, 1.2, 1.7, -1.2].map(roundHalfEven), [0, 2, 2, 0, -2, 812, 1, 2, -1]);
  });

  it('count and lay out like arange, linspace and interp', () => {
    assert.deepEqual(countDown(1000, 250), [1000, 750, 500, 250]);
    assert.deepEqual(countDown(5, 2), [5, 3, 1]);
    assert.deepEqual(linspace(0, 1, 1), [0]);
    assert.deepEqual(linspace(3, 1, 5), [3, 2.5, 2, 1.5, 1]);
    assert.equal(linspace(0.1, 0.7, 4).at(-1), 0.7, 'the end itself, not a sum that is nearly it');
    assert.deepEqual([-1, 0, 0.25, 1, 1.5, 2, 9].map((x) => interpolate(x, [1, 3, -1])), [1, 1, 1.5, 3, 1, -1, -1]);
  });

  it('lose nothing of a sum before its one rounding', () => {
    assert.deepEqual([...combine([1e8, Float32Array.of(1)], [-1e8, Float32Array.of(1)], [1, Float32Array.of(0.5)])], [0.5]);
    const large: Term[] = [1e8, 1e8, -1e8, -1e8].map((factor) => [factor, Float32Array.of(1)]);
    assert.deepEqual([...combine(...large, [1, Float32Array.of(0.5)])], [0.5], 'of many terms');
    assert.deepEqual([...combine([0, Float32Array.of(NaN)], [2, Float32Array.of(3)])], [6]);
    assert.equal(combine().length, 0);
  });

  it('add up any number of terms, however long', () => {
    const powers = [1, 2, 4, 8, 16];
    for (const length of [0, 1, 2, 3, 4, 5, 6, 7, 5000]) {
      for (let count = 1; count <= powers.length; count++) {
        const terms = powers.slice(0, count).map((factor, k): Term => [factor, Float32Array.from({ length }, (_, i) => (i >> k) & 1)]);
        assert.deepEqual(combine(...terms), Float32Array.from({ length }, (_, i) => i % 2 ** count), `${count} of ${length}`); // a number from its binary digits
      }
    }
  });

  it('may be written over one of their terms', () => {
    const term = Float32Array.of(1, 2);
    assert.equal(combineInto(term, [[3, term], [1, Float32Array.of(1, 1)]]), term);
    assert.deepEqual([...term], [4, 7]);
    for (const place of [0, 1, 2]) {
      const terms = [1, 2, 3].map((factor): Term => [factor, Float32Array.of(1, 2, 3, 4, 5, 6)]);
      assert.deepEqual([...combineInto(terms[place]![1], terms)], [6, 12, 18, 24, 30, 36], `${place} of three`);
    }
    const others = [1, 1, 1].map((factor): Term => [factor, Float32Array.of(10, 20)]);
    assert.deepEqual([...combineInto(term, [...others, [1, term]])], [34, 67]);
    assert.deepEqual([...combineInto(term, [[0, term]])], [0, 0]);
  });
});
