import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bucketDataset, bucketSizes, DatasetError, fitToBucket, splitDataset } from './index';

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
});

describe('aspect buckets', () => {
  it('are the known sizes for SD 1.5', () => {
    const sizes = bucketSizes({ resolution: 512, step: 64 }).map(({ width, height }) => `${width}x${height}`);
    for (const size of ['512x512', '448x576', '576x448', '384x640', '768x320', '1024x256', '256x1024']) assert.ok(sizes.includes(size), `${size} in ${sizes.join(' ')}`);
  });

  it('have at most the pixels of the square, sides that are multiples of the step, and every picture once, at the nearest proportions', () => {
    const side = fc.integer({ min: 1, max: 4000 });
    fc.assert(fc.property(fc.array(fc.record({ width: side, height: side })), fc.constantFrom([64, 16], [512, 64], [1024, 64], [1024, 16]), (pictures, [resolution, step]) => {
      const options = { resolution: resolution!, step: step! };
      const buckets = bucketDataset(pictures, options);
      assert.equal(buckets.reduce((sum, bucket) => sum + bucket.entries.length, 0), pictures.length);
      for (const { width, height, entries: inside } of buckets) {
        assert.ok(width * height <= resolution! ** 2 && width % step! === 0 && height % step! === 0 && inside.length > 0);
        for (const picture of inside) {
          const away = (size: { width: number; height: number }) => Math.abs(Math.log(size.width / size.height / (picture.width / picture.height)));
          assert.ok(bucketSizes(options).every((other) => away(other) >= away({ width, height }) - 1e-9));
          const { scaled, left, top } = fitToBucket(picture, { width, height });
          assert.ok(left >= 0 && top >= 0 && left + width <= scaled.width && top + height <= scaled.height);
          assert.ok(left === 0 || top === 0, 'one way at least nothing is cropped');
        }
      }
    }));
  });

  it('refuse what has no size', () => {
    assert.throws(() => bucketSizes({ resolution: 32, step: 64 }), DatasetError);
    assert.throws(() => bucketSizes({ resolution: 512, step: 0 }), DatasetError);
    assert.throws(() => bucketSizes({ resolution: 512, step: 64, minSide: 600, maxSide: 630 }), DatasetError);
    assert.throws(() => bucketDataset([{ width: 0, height: 5 }], { resolution: 64, step: 16 }), DatasetError);
  });
});
