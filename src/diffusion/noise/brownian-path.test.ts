import assert from 'node:assert/strict';
import { near } from '../test-support/near';
import { BrownianPath } from './brownian-path';
import { createNoise } from './index';
import { seedWords } from './seed-sequence';

const { fround } = Math;
const COUNT = 64;
const path = (seed = '11', low = 1, high = 5, rng: 'torch' | 'philox' = 'torch') => new BrownianPath(rng, seed, COUNT, low, high);
/** The normal numbers of an interval: the whole path's, or those of the halving that a key and a depth name. */
const normals = (seed: bigint, place: number[] = [], rng: 'torch' | 'philox' = 'torch') => createNoise(rng, String(seedWords(seed, place, 24, 1)[0])).randn(COUNT);
describe('a Brownian path', () => {
  it('is of unit variance from end to end, by noise of its seed', () => {
    assert.deepEqual(path().between(1, 5), normals(11n)); // the root of the distance is 2: no rounding
    assert.deepEqual(path('11', 1, 5, 'philox').between(1, 5), normals(11n, [], 'philox'));
  });

  it('has a bridge in its middle, by noise of the halved interval', () => {
    const [whole, own] = [normals(11n), normals(11n, [0, 0])];
    const middle = whole.map((value, i) => 0.5 * 2 * value + own[i]!); // deviation √(2 · 2 / 4)
    assert.deepEqual(path().between(1, 3), middle.map((value) => value / Math.sqrt(2)));
    const quarter = normals(11n, [0, 1]).map((value, i) => 0.5 * middle[i]! + Math.sqrt(1 / 2) * value);
    assert.deepEqual(path().between(1, 2), quarter);
    const upper = whole.map((value, i) => 2 * value - middle[i]!);
    const beyond = normals(11n, [1, 1]).map((value, i) => 0.5 * upper[i]! + Math.sqrt(1 / 2) * value);
    assert.deepEqual(path().between(3, 4), beyond.map((value, i) => fround(middle[i]! + value) - middle[i]!));
  });

  it('leans to the nearer end where an interval has no middle', () => {
    const [whole, own] = [normals(11n).map((value) => value * Math.sqrt(3e-6)), normals(11n, [0, 0])];
    const first = whole.map((value, i) => (2 / 3) * value + Math.sqrt((2e-6 * 1e-6) / 3e-6) * own[i]!);
    near(path('11', 0, 3e-6).between(0, 2e-6), first.map((value) => value / Math.sqrt(2e-6)), 1e-6);
  });

  it('has no jumps: a millionth further it is about a thousandth of a normal number away', () => {
    for (const point of [1, 1.5, 2, 2.75, 3, 3.5, 3.75, 4, 4.5, 4.75, 4.999998]) {
      const [after, before] = [path().between(point, point + 1e-6), path().between(point - 1e-6, point)];
      assert.ok(after.every((value) => Math.abs(value) < 6) && before.every((value) => Math.abs(value) < 6), `${point}`);
    }
  });

  it('is of unit variance between any two points', () => {
    for (const [from, to] of [[1, 1.25], [1.3, 4.9], [2.9, 3.1], [3.5, 4.75], [4, 5]] as const) {
      const variance = path().between(from, to).reduce((sum, value) => sum + value ** 2, 0) / COUNT;
      assert.ok(variance > 0.6 && variance < 1.6, `${from} to ${to}: ${variance}`);
    }
  });

  it('is the same wherever it was looked at before', () => {
    const [fresh, used] = [path(), path()];
    for (const point of [1.5, 4.2, 2.2, 3.9, 2.7, 1.1]) used.between(point, point + 0.3); // more than it keeps in mind
    assert.deepEqual(used.between(2.1, 4.2), fresh.between(2.1, 4.2));
  });

  it('goes down as it goes up', () => {
    assert.deepEqual(path().between(4.2, 2.1), path().between(2.1, 4.2).map((value) => -value));
  });

  it('stands still outside of its ends', () => {
    near(path().between(0, 6), normals(11n).map((value) => (2 * value) / Math.sqrt(6)), 1e-6); // the whole, over a longer distance
    assert.deepEqual(path().between(5, 7), new Float32Array(COUNT));
    assert.deepEqual(path().between(0, 1), new Float32Array(COUNT));
  });

  it("knows points by six digits, rounded as Python's round does: halfway to the even one", () => {
    const moves = (from: number, to: number) => path().between(from, to).some((value) => value !== 0);
    const cases = [[2.0000004, 2, 2.000001], [1.0078125, 1.007812, 1.007813], [1.0234375, 1.023438, 1.023437]] as const;
    for (const [point, same, next] of cases) assert.deepEqual([moves(point, same), moves(point, next)], [false, true], `${point}`);
  });

  it('is another for another seed, of which all 64 bits count', () => {
    for (const seed of ['12', String(2n ** 32n + 11n)]) assert.notDeepEqual(path(seed).between(1, 5), path().between(1, 5));
  });
});
