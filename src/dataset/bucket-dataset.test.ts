import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bucketDataset, bucketSizes, fitToBucket } from './bucket-dataset';
import { DatasetError } from './error';

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

  it('end where the bounds say, and without bounds where nothing fits any more', () => {
    const sizes = (options: Parameters<typeof bucketSizes>[0]) => bucketSizes(options).map(({ width, height }) => `${width}x${height}`);
    assert.deepEqual(sizes({ resolution: 64, step: 16 }), ['32x128', '32x112', '32x96', '48x80', '64x64', '80x48', '96x32', '112x32', '128x32']);
    assert.deepEqual(sizes({ resolution: 64, step: 16, minSide: 48 }), ['48x80', '64x64', '80x48']);
    assert.deepEqual(sizes({ resolution: 64, step: 16, maxSide: 64 }), ['32x64', '48x64', '64x64', '64x48', '64x32']);
    assert.deepEqual(sizes({ resolution: 32, step: 16, minSide: 1, maxSide: Infinity }), ['16x64', '16x48', '32x32', '48x16', '64x16']);
    assert.deepEqual(sizes({ resolution: 100, step: 64 }), ['64x128', '128x64']);
  });

  it('hold the picture of each proportion, the larger of two sizes that are equally near', () => {
    const pictures = [{ width: 10, height: 10 }, { width: 40, height: 10 }, { width: 1, height: 900 }, { width: 100, height: 101 }];
    assert.deepEqual(bucketDataset(pictures, { resolution: 64, step: 16 }), [
      { width: 32, height: 128, entries: [pictures[2]] },
      { width: 64, height: 64, entries: [pictures[0], pictures[3]] },
      { width: 128, height: 32, entries: [pictures[1]] },
    ]);
    // 1x6 lies in the middle between 1x9 and 2x8, and the second keeps more.
    const narrow = bucketDataset([{ width: 10, height: 60 }, { width: 60, height: 10 }], { resolution: 4, step: 1, minSide: 1, maxSide: 16 });
    assert.deepEqual(narrow.map(({ width, height }) => [width, height]), [[2, 8], [8, 2]]);
    assert.deepEqual(bucketDataset([], { resolution: 64, step: 16 }), []);
  });

  it('are filled by the middle of the picture, scaled no further than needed', () => {
    assert.deepEqual(fitToBucket({ width: 200, height: 100 }, { width: 64, height: 64 }), { scaled: { width: 128, height: 64 }, left: 32, top: 0 });
    assert.deepEqual(fitToBucket({ width: 3, height: 8 }, { width: 64, height: 48 }), { scaled: { width: 64, height: 171 }, left: 0, top: 61 });
    assert.deepEqual(fitToBucket({ width: 64, height: 64 }, { width: 64, height: 64 }), { scaled: { width: 64, height: 64 }, left: 0, top: 0 });
  });
});
