import assert from 'node:assert/strict';
import fc from 'fast-check';
import { float32ToHalf, halfToFloat32 } from './half';

describe('half floats', () => {
  it('are what IEEE 754 says', () => {
    const bits = [0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0xfc00];
    assert.deepEqual([...halfToFloat32(Uint16Array.from(bits))], [0, -0, 1, -2, 65504, 2 ** -24, Infinity, -Infinity]);
    assert.ok(Number.isNaN(halfToFloat32(Uint16Array.of(0x7e00))[0]));
  });

  it('come back from float32 bit by bit', () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((bits) => (bits & 0x7c00) !== 0x7c00 || (bits & 0x3ff) === 0);
    assert.deepEqual(float32ToHalf(halfToFloat32(all)), all);
  });

  it('round to the nearer neighbour, and to even between two', () => {
    assert.deepEqual([...float32ToHalf([2049, 2051, 65520, 1e9])], [0x6800, 0x6802, 0x7c00, 0x7c00]);
    fc.assert(fc.property(fc.float({ min: -60000, max: 60000, noNaN: true }), (value) => {
      const back = halfToFloat32(float32ToHalf([value]))[0]!;
      assert.ok(Math.abs(back - value) <= Math.max(2 ** -25, Math.abs(value) * 2 ** -11));
    }));
  });
});
