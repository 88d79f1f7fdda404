import assert from 'node:assert/strict';
import type { Measured } from './measure-copy';
import { whyNotBetter } from './verdict';

describe('a copy is called better', () => {
  const measured = (ratio: number, pictureMedian: number): Measured => ({
    quality: { pictures: 16, steps: 20, latentMean: 0.03, latentMax: 0.5, pictureMean: 0.02, pictureMedian, pictureMax: 0.3 },
    speed: { ratio, original: 100 * ratio, copy: 100 },
  });

  it('if it is faster and its middle picture is close, whatever one picture in sixteen does', () => {
    assert.equal(whyNotBetter(measured(1.7, 0.006), 0.01), undefined);
    assert.equal(whyNotBetter(measured(1.05, 0.01), 0.01), undefined);
  });

  it('not if it gains nothing', () => {
    assert.equal(whyNotBetter(measured(1.04, 0.006), 0.01), 'kept fp32: int8 was 1.04x as fast');
    assert.match(whyNotBetter(measured(0.6, 0.2), 0.01) ?? '', /0.60x as fast/);
    assert.match(whyNotBetter(measured(NaN, 0.006), 0.01) ?? '', /NaN/);
  });

  it('not if its pictures are others than the few that chose its layers promised', () => {
    assert.match(whyNotBetter(measured(1.7, 0.0101), 0.01) ?? '', /^kept fp32: the middle of 16 int8 pictures differs by 0.0101 of full scale, more than 0.01; allow more with --keep-error$/);
    assert.match(whyNotBetter(measured(1.7, NaN), 0.01) ?? '', /NaN/);
  });
});
