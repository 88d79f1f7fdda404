import assert from 'node:assert/strict';
import { bitsOf, distinctShare, InkBits, SAME } from './ink-bits';
import { PIXELS, SIDE } from './mask';

describe('the bits of a drawing', () => {
  const plane = (of: (x: number, y: number) => number) => Float32Array.from({ length: PIXELS }, (_, i) => of(i % SIDE, Math.floor(i / SIDE)));
  const bits = (from: number, to: number) => Uint8Array.from({ length: 1024 }, (_, i) => Number(i >= from && i < to));

  it('are one for every quarter that is inked more than 0.43, plane by plane', () => {
    const columns = [1, 1, 0.5, 0.5, 0.42, 0.42, 0.44, 0.44, 0, 1, 0, 0.8];
    const bits = bitsOf(plane((x, y) => (y < 2 ? (columns[x] ?? 0) : 0)));
    assert.deepEqual([...bits.subarray(0, 7)], [1, 1, 0, 1, 1, 0, 0]);
    assert.equal(bits[32], 0);
    assert.equal(bits.length, 1024);
    assert.equal(bitsOf(plane((x, y) => Number(x === 63 && y >= 62)))[1023], 1);
    const two = bitsOf(Float32Array.of(...plane(() => 0), ...plane((x, y) => Number(x < 2 && y < 2))));
    assert.deepEqual([two.length, two.indexOf(1)], [2048, 1024]);
  });

  it('overlap by shared ink over ink of either', () => {
    const of = (a: Uint8Array, b: Uint8Array) => new InkBits(a).overlap(new InkBits(b));
    assert.equal(of(bits(0, 100), bits(0, 100)), 1);
    assert.equal(of(bits(0, 100), bits(50, 150)), 50 / 150);
    assert.equal(of(bits(0, 1024), bits(31, 33)), 2 / 1024);
    assert.equal(of(bits(0, 0), bits(0, 0)), 0);
    assert.equal(of(bits(0, 100), bits(500, 600)), 0);
  });

  it('are distinct as far as they repeat none before them', () => {
    assert.equal(distinctShare([bits(0, 100), bits(200, 300), bits(0, 100), null]), 0.5);
    assert.equal(distinctShare([bits(0, 100), bits(0, 99)]), 0.5); // 0.99 is the same
    assert.equal(distinctShare([bits(0, 100), bits(0, 89)]), 1);
    assert.equal(distinctShare([bits(0, 100), bits(0, 90)]), 0.5); // exactly the limit
    assert.equal(SAME, 0.9);
    assert.deepEqual([0.88, 0.89].map((same) => distinctShare([bits(0, 100), bits(0, 89)], same)), [0.5, 0.5]);
    assert.equal(distinctShare([bits(0, 100), bits(0, 80)], 0.81), 1);
  });
});
