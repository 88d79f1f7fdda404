import assert from 'node:assert/strict';
import { PIXELS, SIDE } from '../pixels/mask';
import { measuredStyle, normalised, pieces, type Glyph } from './glyph';

type Shape = (x: number, y: number) => number;
const coverage = (of: Shape) => Float64Array.from({ length: PIXELS }, (_, i) => of(i % SIDE, Math.floor(i / SIDE)));
const box = (left: number, top: number, width: number, height: number): Shape => (x, y) => Number(x >= left && x < left + width && y >= top && y < top + height);
const glyph = (of: Shape): Glyph => Float32Array.from(coverage(of));
/** The extent of what is more than half inked. */
function extent(drawn: Glyph | null) {
  const inked = [...(drawn ?? []).keys()].filter((i) => drawn![i]! > 0.5);
  const [xs, ys] = [inked.map((i) => i % SIDE), inked.map((i) => Math.floor(i / SIDE))];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

describe('a glyph', () => {
  it('is brought to 52 pixels and the middle, wherever it was drawn and however large', () => {
    for (const of of [box(6, 6, 52, 52), box(3, 3, 20, 20), box(40, 3, 13, 13)]) assert.deepEqual(extent(normalised(coverage(of))), [6, 6, 57, 57]);
    // The longer side decides, the shorter keeps its share.
    assert.deepEqual(extent(normalised(coverage(box(10, 10, 26, 13)))), [6, 19, 57, 44]);
    assert.deepEqual(extent(normalised(coverage(box(10, 10, 13, 26)))), [19, 6, 44, 57]);
  });

  it('keeps its coverage, and is none without ink', () => {
    const pale = normalised(coverage((x, y) => box(10, 10, 26, 26)(x, y) * 0.6));
    assert.ok(pale && Math.abs(pale[32 * SIDE + 32]! - 0.6) < 1e-6 && pale[0] === 0);
    assert.equal(normalised(coverage((x, y) => box(10, 10, 26, 26)(x, y) * 0.25)), null);
    assert.equal(normalised(new Float64Array(PIXELS)), null);
  });

  it('is filled if its ink outlasts three erosions, else an outline', () => {
    const ring = (width: number): Shape => (x, y) => box(10, 10, 44, 44)(x, y) - box(10 + width, 10 + width, 44 - 2 * width, 44 - 2 * width)(x, y);
    assert.deepEqual([measuredStyle(glyph(box(10, 10, 44, 44))), measuredStyle(glyph(ring(4))), measuredStyle(glyph(ring(6))), measuredStyle(glyph(ring(10)))], ['filled', 'outline', 'outline', 'filled']);
    assert.equal(measuredStyle(glyph(() => 0)), 'outline');
  });

  it('has pieces; specks do not count', () => {
    assert.equal(pieces(glyph((x, y) => box(5, 5, 20, 20)(x, y) + box(40, 40, 10, 10)(x, y) + box(60, 2, 1, 1)(x, y))), 2);
    assert.equal(pieces(glyph((x, y) => box(5, 5, 7, 7)(x, y) + box(40, 40, 1, 1)(x, y))), 2); // a fiftieth of the ink
    assert.equal(pieces(glyph(() => 0)), 0);
  });
});
