/** What any such picture must be; to the last bit it is compared with Pillow's own in test/conformance/pillow.test.ts. */
import assert from 'node:assert/strict';
import { resizeAsPillow } from './pillow-resize';

const filled = (width: number, height: number, of: (x: number, y: number, channel: number) => number) => ({ width, height, data: Uint8Array.from({ length: width * height * 3 }, (_, i) => of(Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3)) });

describe('a picture brought to another size', () => {
  it('is the picture itself at its own', () => {
    const picture = filled(3, 2, (x, y) => x + y);
    assert.equal(resizeAsPillow(picture, 3, 2), picture);
  });

  it('of one colour stays of that colour, channel by channel', () => {
    for (const [width, height] of [[1, 1], [7, 3], [40, 50], [3, 90]] as const) {
      const { data, ...size } = resizeAsPillow(filled(10, 8, (_x, _y, channel) => [200, 0, 255][channel]!), width, height);
      assert.deepEqual(size, { width, height });
      assert.deepEqual(new Set(Array.from({ length: width * height }, (_, i) => data.subarray(i * 3, i * 3 + 3).join())), new Set(['200,0,255']));
    }
  });

  it('is upright and not mirrored, and each line by itself', () => {
    const ramp = resizeAsPillow(filled(4, 4, (x, y, channel) => (channel === 0 ? x * 60 : channel === 1 ? y * 60 : 0)), 8, 2);
    const row = (y: number, channel: number) => Array.from({ length: 8 }, (_, x) => ramp.data[(y * 8 + x) * 3 + channel]!);
    assert.deepEqual(row(0, 0), row(1, 0));
    assert.deepEqual(row(0, 0), row(0, 0).toSorted((a, b) => a - b));
    assert.equal(new Set(row(0, 1)).size, 1);
    assert.ok(row(0, 1)[0]! < row(1, 1)[0]!);
    assert.deepEqual(new Set(row(0, 2)), new Set([0]));
  });

  it('is sharpened at an edge by Lanczos with three lobes, and kept in a byte', () => {
    // Weights of the two halves add up to one, so the line and its mirror image do to white; what rings over is cut off.
    const edge = resizeAsPillow(filled(8, 1, (x) => (x < 4 ? 0 : 255)), 16, 1);
    const line = Array.from({ length: 16 }, (_, x) => edge.data[x * 3]!);
    assert.deepEqual(line.map((value, x) => value + line[15 - x]!), Array(16).fill(255));
    assert.deepEqual([line[0], line[7]! < 128, line[8]! > 128, line[15]], [0, true, true, 255]);
    assert.equal(Math.max(...line.slice(9)), 255);
    assert.ok(line.slice(1, 7).some((value) => value > 0), 'it rings');
  });

  it('made smaller is an average of all that falls on a pixel', () => {
    const { data } = resizeAsPillow(filled(64, 64, (x, y) => ((x + y) % 2) * 255), 8, 8);
    assert.ok(data.every((value) => Math.abs(value - 127.5) <= 2), [...data].join());
    const stripes = resizeAsPillow(filled(64, 1, (x) => (x % 8 < 2 ? 255 : 0)), 8, 1);
    assert.ok([...stripes.data.subarray(6, 18)].every((value) => Math.abs(value - 63.75) <= 3), [...stripes.data].join());
  });
});
