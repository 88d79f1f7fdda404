import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DatasetError } from './error';
import { splitDataset } from './split-dataset';

const entries = (count: number) => Array.from({ length: count }, (_, index) => ({ picture: `folder/${index}.png`, caption: null, source: null }));

describe('a split', () => {
  const fractions = { train: 0.8, validation: 0.1, test: 0.1 };

  it('holds every picture once, in about the shares asked for', () => {
    const all = entries(5000);
    const parts = splitDataset(all, { seed: 1, fractions });
    assert.deepEqual(Object.values(parts).flat().map(({ picture }) => picture).sort(), all.map(({ picture }) => picture).sort());
    // Three standard deviations of 5000 draws at 0.1 are 64.
    for (const name of ['validation', 'test'] as const) assert.ok(Math.abs(parts[name].length - 500) < 64, `${name}: ${parts[name].length}`);
  });

  it('never moves a picture when others come or go', () => {
    fc.assert(fc.property(fc.integer(), fc.subarray(entries(60)), (seed, some) => {
      const whole = splitDataset(entries(60), { seed, fractions });
      const few = splitDataset(some, { seed, fractions });
      const kept = new Set(some.map(({ picture }) => picture));
      for (const name of ['train', 'validation', 'test'] as const) assert.deepEqual(few[name], whole[name].filter(({ picture }) => kept.has(picture)));
    }));
  });

  it('differs by seed, and goes by another key where one is given', () => {
    const [one, two] = [1, 2].map((seed) => splitDataset(entries(200), { seed, fractions }).train.map(({ picture }) => picture));
    assert.notDeepEqual(one, two);
    const together = splitDataset(entries(200), { seed: 1, fractions, keyOf: () => 'one group' });
    assert.deepEqual(Object.values(together).map(({ length }) => length).sort(), [0, 0, 200]);
    assert.equal(splitDataset(entries(200), { seed: 1, fractions: { train: 1, none: 0 } }).train.length, 200);
  });

  it('refuses shares that do not sum to one', () => {
    for (const wrong of [{ a: 0.5, b: 0.4 }, { a: 1.5, b: -0.5 }, { a: Number.NaN }, {}] as Record<string, number>[]) assert.throws(() => splitDataset(entries(1), { seed: 1, fractions: wrong }), DatasetError);
  });

  it('puts a picture where the first 48 bits of SHA-256 over seed, NUL and its path say, so that sets keep their split', () => {
    const named = ['a.png', 'b.png', 'c.png', 'd.png', 'e.png'].map((picture) => ({ picture }));
    // By Python's hashlib: 0.2802, 0.2329, 0.8331, 0.1316, 0.7142 for seed 1, and 0.4956, 0.3693, 0.2518, 0.1373, 0.5893 for seed 2.
    const names = (seed: number, shares: Record<string, number>) => Object.entries(splitDataset(named, { seed, fractions: shares })).map(([name, part]) => `${name}: ${part.map(({ picture }) => picture[0]).join('')}`);
    assert.deepEqual(names(1, { train: 0.25, validation: 0.5, test: 0.25 }), ['train: bd', 'validation: ae', 'test: c']);
    assert.deepEqual(names(2, { train: 0.25, validation: 0.5, test: 0.25 }), ['train: d', 'validation: abce', 'test: ']);
    assert.deepEqual(names(1, { none: 0, some: 0.2802, rest: 0.7198 }), ['none: ', 'some: bd', 'rest: ace']);
  });

  it('takes a number and its digits for one seed, and a name for the same however its accents are stored', () => {
    const shares = { train: 0.1, test: 0.9 };
    assert.deepEqual(splitDataset(entries(50), { seed: '7', fractions: shares }), splitDataset(entries(50), { seed: 7, fractions: shares }));
    // 0.0426 by hashlib for the composed name and seed 1.
    for (const picture of ['caf\u00e9.png', 'cafe\u0301.png']) assert.deepEqual(splitDataset([{ picture }], { seed: 1, fractions: shares }).train, [{ picture }]);
  });

  it('gives nothing to a part without a share, and every picture to one that has some', () => {
    const tenths = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`part ${index}`, 0.1]));
    const parts = splitDataset(entries(3000), { seed: 3, fractions: { ...tenths, none: 0 } });
    assert.equal(parts['none']?.length, 0);
    assert.equal(Object.values(parts).flat().length, 3000);
    assert.deepEqual(splitDataset([], { seed: 1, fractions: { all: 1 } }), { all: [] });
  });
});
