/** What is cut out of pictures that are drawn by rule; test/fixtures/emoji-judge holds what the recipe cuts out of real ones. */
import assert from 'node:assert/strict';
import type { Container } from '../pixels/extract';
import { PIXELS, SIDE } from '../pixels/mask';
import { labDistance, labOf, PALETTE, type Colour } from '../pixels/palette';
import { cutOut } from './cut-out';

const rgbOf = (colour: Colour) => [0, 2, 4].map((i) => parseInt(PALETTE[colour].slice(i, i + 2), 16));
type Shape = (x: number, y: number) => boolean;
const disc = (radius: number, cx = 32, cy = 32): Shape => (x, y) => Math.hypot(x - cx, y - cy) < radius;

/** Layers over a canvas, the last on top; centres of pixels decide. */
function picture(canvas: Colour, ...layers: [Shape, Colour][]): Uint8Array {
  const rgb = new Uint8Array(PIXELS * 3);
  for (let i = 0; i < PIXELS; i++) rgb.set(rgbOf(layers.findLast(([shape]) => shape((i % SIDE) + 0.5, Math.floor(i / SIDE) + 0.5))?.[1] ?? canvas), i * 3);
  return rgb;
}
/** Red, green, blue of 0 to 255 and coverage in the place. */
function at(rgb: Uint8Array, wanted: Container, x: number, y: number): number[] {
  const { drawing } = cutOut(rgb, wanted);
  return [0, 1, 2, 3].map((plane) => Math.round(drawing![plane * PIXELS + y * SIDE + x]! * (plane < 3 ? 255 : 1)));
}
/** How many pixels are all of the drawing. */
const size = (rgb: Uint8Array, wanted: Container) => cutOut(rgb, wanted).drawing!.slice(3 * PIXELS).filter((value) => value > 0.5).length;
const about = (value: number, expected: number, share: number) => assert.ok(Math.abs(value / expected - 1) < share, `${value} for ${expected}`);

describe('a drawing cut out of its picture', () => {
  it('is without the container that was asked for, and fitted into 52 pixels', () => {
    const rgb = picture('white', [disc(27), 'blue'], [disc(10), 'red']);
    const { drawing, ...seen } = cutOut(rgb, 'circle');
    assert.deepEqual(seen, { canvas: 'white', container: 'circle', background: 'blue' });
    assert.equal(drawing?.length, 4 * PIXELS);
    about(size(rgb, 'circle'), Math.PI * 26 ** 2, 0.08); // from a disc of twenty pixels, whole ones
    assert.deepEqual(at(rgb, 'circle', 32, 32), [...rgbOf('red'), 1]);
    assert.deepEqual(at(rgb, 'circle', 2, 2), [255, 255, 255, 0]); // over white, whatever it stood on
  });

  it('is round without being a container, where none was asked for', () => {
    const rgb = picture('blue', [disc(25), 'yellow'], [disc(5), 'red']);
    const { drawing: _, ...seen } = cutOut(rgb, 'none');
    assert.deepEqual(seen, { canvas: 'blue', container: 'none', background: 'blue' });
    assert.deepEqual([at(rgb, 'none', 32, 32), at(rgb, 'none', 12, 32)], [[...rgbOf('red'), 1], [...rgbOf('yellow'), 1]]);
    about(size(rgb, 'none'), Math.PI * 26 ** 2, 0.04);
  });

  it('is seen without a container where one was asked for and is none', () => {
    const { drawing, ...seen } = cutOut(picture('white', [disc(12), 'red']), 'circle');
    assert.deepEqual([seen, drawing === null], [{ canvas: 'white', container: 'none', background: 'white' }, false]);
  });

  it('has what it encloses, of its ground\'s colour too', () => {
    const ring = picture('blue', [disc(24), 'red'], [disc(12), 'blue']);
    assert.deepEqual(at(ring, 'none', 32, 32), [...rgbOf('blue'), 1]);
    assert.deepEqual(at(ring, 'none', 2, 2), [255, 255, 255, 0]);
  });

  it('has an edge that is partly covered, one pixel wide', () => {
    // 52 pixels large, so that fitting moves nothing; around it two rings of a pale red.
    const within = (reach: number): Shape => (x, y) => Math.max(Math.abs(x - 32), Math.abs(y - 32)) < reach;
    const rgb = picture('white', [within(26), 'red']);
    for (let i = 0; i < PIXELS; i++) if (within(28)((i % SIDE) + 0.5, Math.floor(i / SIDE) + 0.5) && rgb[i * 3 + 1] === 255) rgb.set([255, 232, 228], i * 3);
    const { drawing } = cutOut(rgb, 'none');
    const coverage = [3, 4, 5, 6, 7].map((x) => drawing![3 * PIXELS + 32 * SIDE + x]!);
    const share = (labDistance(labOf([255, 232, 228]), labOf([255, 255, 255])) - 6) / 14;
    assert.ok(share > 0.2 && share < 0.8, String(share));
    assert.deepEqual(coverage, [0, 0, Math.fround(share), 1, 1]);
    assert.equal(drawing![PIXELS + 32 * SIDE + 5], Math.fround((232 * share + 255 * (1 - share)) / 255)); // green there, mixed with white
  });

  it('has nothing of its container\'s edge, which may be soft', () => {
    const square: Shape = (x, y) => x > 5 && x < 59 && y > 5 && y < 59;
    const rgb = picture('white', [square, 'blue'], [disc(10), 'red']);
    const { drawing, container } = cutOut(rgb, 'rounded square');
    assert.equal(container, 'rounded square');
    const pale = rgbOf('blue').map((value) => 0.7 * value + 0.3 * 255); // clear of white, and of blue
    for (let y = 20; y < 44; y++) for (let x = 56; x < 59; x++) rgb.set(pale, (y * SIDE + x) * 3);
    assert.deepEqual(cutOut(rgb, 'rounded square').drawing, drawing);
  });

  it('is on white, too, where it reaches the picture\'s edge', () => {
    const corner = picture('yellow', [(x, y) => x < 16 && y < 16, 'red']);
    assert.deepEqual([at(corner, 'none', 2, 2), at(corner, 'none', 32, 32), at(corner, 'none', 62, 62)], [[255, 255, 255, 0], [...rgbOf('red'), 1], [255, 255, 255, 0]]);
  });

  it('has no specks, and is none if it is nothing else', () => {
    const specks: Shape = (x, y) => Math.floor(x) % 16 === 8 && Math.floor(y) % 16 === 8;
    assert.equal(cutOut(picture('white', [specks, 'black']), 'none').drawing, null);
    about(size(picture('white', [specks, 'black'], [disc(8), 'red']), 'none'), size(picture('white', [disc(8), 'red']), 'none'), 0.01);
    assert.equal(cutOut(picture('white'), 'none').drawing, null);
    const square = (side: number): Shape => (x, y) => x >= 20 && x < 20 + side && y >= 20 && y < 20 + side;
    assert.deepEqual([3, 4].map((side) => cutOut(picture('white', [square(side), 'black']), 'none').drawing === null), [true, false]); // nine pixels, sixteen
  });
});
