/** What pictures that are drawn by rule must be seen as; test/fixtures/judge holds what the recipe sees of real ones. */
import assert from 'node:assert/strict';
import { extract } from './extract';
import { PIXELS, SIDE } from './mask';
import { PALETTE, type Colour } from './palette';

const rgbOf = (colour: Colour) => [0, 2, 4].map((i) => parseInt(PALETTE[colour].slice(i, i + 2), 16));
type Shape = (x: number, y: number) => boolean;
const disc = (radius: number): Shape => (x, y) => Math.hypot(x - SIDE / 2, y - SIDE / 2) <= radius;
const box = (half: number, radius: number): Shape => (x, y) => {
  const [dx, dy] = [Math.max(Math.abs(x - SIDE / 2) - half + radius, 0), Math.max(Math.abs(y - SIDE / 2) - half + radius, 0)];
  return Math.hypot(dx, dy) <= radius;
};
const cross: Shape = (x, y) => (Math.abs(x - SIDE / 2) < 4 && Math.abs(y - SIDE / 2) < 14) || (Math.abs(y - SIDE / 2) < 4 && Math.abs(x - SIDE / 2) < 14);

/** Layers over a canvas, the last on top; centres of pixels decide. */
function picture(canvas: Colour, ...layers: [Shape, Colour][]): Uint8Array {
  return Uint8Array.from({ length: PIXELS * 3 }, (_, i) => {
    const [x, y] = [(Math.floor(i / 3) % SIDE) + 0.5, Math.floor(i / 3 / SIDE) + 0.5];
    const colour = layers.findLast(([shape]) => shape(x, y))?.[1] ?? canvas;
    return rgbOf(colour)[i % 3]!;
  });
}
const seen = (rgb: Uint8Array) => {
  const { canvas, container, background, foreground } = extract(rgb);
  return { canvas, container, background, foreground };
};

describe('a picture of an icon', () => {
  it('is seen by canvas, container, background and foreground', () => {
    assert.deepEqual(seen(picture('white', [disc(28), 'blue'], [cross, 'yellow'])), { canvas: 'white', container: 'circle', background: 'blue', foreground: 'yellow' });
    assert.deepEqual(seen(picture('black', [box(27, 10), 'orange'], [cross, 'purple'])), { canvas: 'black', container: 'rounded square', background: 'orange', foreground: 'purple' });
    assert.deepEqual(seen(picture('gray', [box(27, 0.1), 'white'], [cross, 'red'])), { canvas: 'gray', container: 'rounded square', background: 'white', foreground: 'red' });
    assert.deepEqual(seen(picture('yellow', [cross, 'black'])), { canvas: 'yellow', container: 'none', background: 'yellow', foreground: 'black' });
  });

  it('with nothing on it has neither foreground nor glyph', () => {
    const { surface, ...rest } = extract(picture('teal'));
    assert.deepEqual(rest, { canvas: 'teal', container: 'none', background: 'teal', foreground: null, glyph: null });
    assert.deepEqual([surface.canvasRgb, surface.backRgb, surface.region.includes(0)], [rgbOf('teal'), rgbOf('teal'), false]);
  });

  it('has no container that is small, cut, or of its own two colours', () => {
    assert.equal(seen(picture('white', [disc(20), 'blue'], [cross, 'yellow'])).container, 'none'); // forty pixels
    assert.equal(seen(picture('white', [(x, y) => disc(28)(x, y) && y > 20, 'blue'], [cross, 'yellow'])).container, 'none');
    assert.equal(seen(picture('white', [disc(28), 'blue'], [(x, y) => disc(28)(x, y) && x >= 42, 'red'])).container, 'none'); // a third of its edge is another
    assert.equal(seen(picture('white', [(x, y) => disc(28)(x, y) && x < 32, 'blue'], [(x, y) => disc(28)(x, y) && x >= 32, 'red'])).container, 'none');
  });

  it('has a glyph that covers what is foreground, and nothing outside of the container', () => {
    const { glyph } = extract(picture('white', [disc(28), 'blue'], [cross, 'white']));
    assert.ok(glyph);
    const at = (x: number, y: number) => glyph[y * SIDE + x]!;
    assert.deepEqual([at(32, 32), at(32, 20), at(20, 32)].map((value) => value > 0.95), [true, true, true]);
    assert.deepEqual([at(22, 22), at(40, 22), at(0, 0), at(63, 32)], [0, 0, 0, 0]);
    assert.ok(glyph.every((value) => value >= 0 && value <= 1));
  });

  it('has a surface: what the drawing stands on, and where it may be', () => {
    const contained = extract(picture('white', [disc(28), 'blue'], [cross, 'yellow'])).surface;
    assert.deepEqual([contained.canvasRgb, contained.backRgb], [rgbOf('white'), rgbOf('blue')]);
    const at = (x: number, y: number) => contained.region[y * SIDE + x];
    assert.deepEqual([at(32, 32), at(5, 32), at(4, 32), at(0, 0)], [1, 1, 0, 0]); // the disc's first column, its edge, is 4
    const bare = extract(picture('teal', [cross, 'black'])).surface;
    assert.deepEqual([bare.backRgb, bare.region.includes(0)], [rgbOf('teal'), false]);
  });

  it('is looked at once more where its edge is pale', () => {
    // Pink on white is near; the disc is found whole, and so is a circle.
    assert.deepEqual(seen(picture('white', [disc(28), 'pink'], [cross, 'brown'])), { canvas: 'white', container: 'circle', background: 'pink', foreground: 'brown' });
  });

  it('that is not of 64×64 pixels is an error', () => {
    assert.throws(() => extract(new Uint8Array(PIXELS)), /4096 bytes are not a 64x64 picture/);
  });
});
