import assert from 'node:assert/strict';
import fc from 'fast-check';
import { count, dilated, eroded, extentOf, filled, largestPart, majority, maskOf, overlap, partsOf, PIXELS, SIDE, type Mask } from './mask';

const rectangle = (left: number, top: number, width: number, height: number) => maskOf((i) => i % SIDE >= left && i % SIDE < left + width && Math.floor(i / SIDE) >= top && Math.floor(i / SIDE) < top + height);
const either = (...masks: Mask[]) => maskOf((i) => masks.some((mask) => mask[i] === 1));
const without = (a: Mask, b: Mask) => maskOf((i) => a[i] === 1 && b[i] === 0);
const same = (a: Mask | null, b: Mask) => assert.deepEqual(a && [...a.keys()].filter((i) => a[i] === 1), [...b.keys()].filter((i) => b[i] === 1));
const at = (x: number, y: number) => y * SIDE + x;

describe('masks', () => {
  it('lose their edge when they are eroded; what touches the picture\'s edge touches nothing', () => {
    same(eroded(rectangle(10, 20, 8, 6)), rectangle(11, 21, 6, 4));
    same(eroded(rectangle(0, 0, 5, 5)), rectangle(1, 1, 3, 3));
    same(eroded(rectangle(5, 5, 2, 9)), maskOf(() => false));
    // A cross keeps its middle unless the corners count too.
    const cross = either(rectangle(10, 11, 3, 1), rectangle(11, 10, 1, 3));
    same(eroded(cross), rectangle(11, 11, 1, 1));
    same(eroded(cross, true), maskOf(() => false));
    same(eroded(rectangle(10, 10, 3, 3), true), rectangle(11, 11, 1, 1));
  });

  it('grow over their sides, not over their corners and not around the picture', () => {
    same(dilated(rectangle(10, 20, 2, 1)), either(rectangle(9, 20, 4, 1), rectangle(10, 19, 2, 3)));
    same(dilated(rectangle(SIDE - 1, 5, 1, 1)), either(rectangle(SIDE - 2, 5, 2, 1), rectangle(SIDE - 1, 4, 1, 3)));
    same(dilated(rectangle(0, 0, 1, 1)), either(rectangle(0, 0, 2, 1), rectangle(0, 0, 1, 2)));
    same(dilated(rectangle(0, SIDE - 1, SIDE, 1)), rectangle(0, SIDE - 2, SIDE, 2));
  });

  it('go by the majority of nine: specks go, holes of one pixel close, corners are cut, unless less is asked', () => {
    same(majority(either(rectangle(10, 10, 5, 5), rectangle(30, 30, 1, 1))), without(rectangle(10, 10, 5, 5), maskOf((i) => [at(10, 10), at(14, 10), at(10, 14), at(14, 14)].includes(i))));
    assert.equal(majority(without(rectangle(10, 10, 5, 5), rectangle(12, 12, 1, 1)))[at(12, 12)], 1);
    assert.equal(majority(rectangle(0, 0, SIDE, SIDE))[at(0, 0)], 0); // four of nine
    assert.deepEqual([4, 5].map((least) => majority(rectangle(0, 0, SIDE, SIDE), least)[at(0, 0)]), [1, 0]);
    assert.equal(majority(rectangle(0, 0, SIDE, SIDE))[at(1, 0)], 1); // six of nine
  });

  it('filled hold what they enclose, but not what the picture\'s edge is open to, nor a way through a corner', () => {
    const ring = without(rectangle(10, 10, 9, 9), rectangle(12, 12, 5, 5));
    same(filled(ring), rectangle(10, 10, 9, 9));
    const cup = without(ring, rectangle(13, 10, 2, 2));
    same(filled(cup), cup);
    // Open to one edge of the picture alone, whichever.
    const cups = [[rectangle(20, SIDE - 9, 9, 9), rectangle(21, SIDE - 8, 7, 8)], [rectangle(20, 0, 9, 9), rectangle(21, 0, 7, 8)], [rectangle(0, 20, 9, 9), rectangle(0, 21, 8, 7)], [rectangle(SIDE - 9, 20, 9, 9), rectangle(SIDE - 8, 21, 8, 7)]] as const;
    for (const [whole, hollow] of cups) same(filled(without(whole, hollow)), without(whole, hollow));
    // Two parts that meet at a corner close the way, since ways go over sides.
    const diamond = maskOf((i) => Math.abs((i % SIDE) - 20) + Math.abs(Math.floor(i / SIDE) - 20) === 3);
    assert.equal(count(filled(diamond)), 25);
    same(filled(maskOf(() => false)), maskOf(() => false));
  });

  it('have parts that hang together over sides, by where they begin', () => {
    const a = rectangle(10, 10, 3, 2);
    const b = rectangle(13, 12, 2, 2);
    assert.deepEqual(partsOf(either(a, b)).map((part) => part.length), [6, 4]);
    assert.deepEqual(partsOf(either(a, b)).map(([first]) => first), [at(10, 10), at(13, 12)]);
    // The end of one line and the beginning of the next are no neighbours.
    assert.equal(partsOf(either(rectangle(SIDE - 1, 5, 1, 1), rectangle(0, 6, 1, 1))).length, 2);
    assert.equal(partsOf(either(rectangle(0, 5, 1, 2), rectangle(SIDE - 1, 5, 1, 1))).length, 2);
    assert.deepEqual(partsOf(maskOf(() => false)), []);
  });

  it('have a largest part; of equally large ones the first', () => {
    same(largestPart(either(rectangle(1, 1, 2, 2), rectangle(20, 20, 3, 3))), rectangle(20, 20, 3, 3));
    same(largestPart(either(rectangle(1, 1, 2, 2), rectangle(20, 20, 2, 2))), rectangle(1, 1, 2, 2));
    assert.equal(largestPart(maskOf(() => false)), null);
  });

  it('overlap by what they share of what either has', () => {
    assert.equal(overlap(rectangle(0, 0, 4, 4), rectangle(2, 0, 4, 4)), 8 / 24);
    assert.equal(overlap(rectangle(0, 0, 4, 4), rectangle(0, 0, 4, 4)), 1);
    assert.equal(overlap(maskOf(() => false), maskOf(() => false)), 0);
  });

  it('reach from end to end', () => {
    const of = (mask: Mask) => extentOf((i) => mask[i] === 1);
    assert.deepEqual(of(either(rectangle(10, 20, 2, 3), rectangle(5, 30, 1, 1))), { left: 5, right: 11, top: 20, bottom: 30 });
    assert.deepEqual(of(rectangle(0, 0, SIDE, SIDE)), { left: 0, right: SIDE - 1, top: 0, bottom: SIDE - 1 });
    assert.equal(of(maskOf(() => false)), null);
  });

  it('are the sum of their parts, inside of what they are filled to, whatever they are', () => {
    fc.assert(fc.property(fc.array(fc.nat(PIXELS - 1), { maxLength: 300 }), (set) => {
      const mask = maskOf((i) => set.includes(i));
      assert.equal(partsOf(mask).reduce((sum, part) => sum + part.length, 0), count(mask));
      const full = filled(mask);
      assert.ok(mask.every((bit, i) => bit <= full[i]!));
      same(filled(full), full);
      assert.ok(eroded(mask).every((bit, i) => bit <= mask[i]!));
    }), { numRuns: 20 });
  });
});
