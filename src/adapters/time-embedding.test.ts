import assert from 'node:assert/strict';
import { tokensAt } from './soft-tokens';
import { timeRows, timeWeights } from './time-embedding';

describe('time in a bank of soft tokens', () => {
  it('moves all tokens of a layer with time: buckets ⌊min(t, 999)/10⌋ as published', () => {
    assert.deepEqual([0, 9.9, 10, 999, 1000].map((t) => timeWeights('buckets', t)), [[[0, 1]], [[0, 1]], [[1, 1]], [[99, 1]], [[99, 1]]]);
    assert.deepEqual([timeRows('none'), timeRows('smooth'), timeRows('buckets')], [0, 16, 100]);
    const table = new Float32Array(100 * 6);
    table.set([1, 2, 3, 10, 20, 30], 6 * 42);
    const moved = tokensAt({ layers: 2, count: 2, width: 3, tokens: Float32Array.from({ length: 12 }, (_, i) => i / 8), time: 'buckets', timeTable: table }, 425);
    assert.deepEqual([...moved].map((value, i) => value - i / 8), [1, 2, 3, 1, 2, 3, 10, 20, 30, 10, 20, 30]);
  });

  it('moves smoothly: 16 bases that sum to 1 and never jump', () => {
    let before = new Map(timeWeights('smooth', 0));
    const used = new Set<number>();
    for (let t = 0; t < 1000; t++) {
      const weights = timeWeights('smooth', t);
      assert.ok(Math.abs(weights.reduce((sum, [, weight]) => sum + weight, 0) - 1) < 1e-12);
      assert.ok(weights.every(([row, weight]) => row >= 0 && row < 16 && weight >= 0));
      const now = new Map(weights);
      for (const row of [...before.keys(), ...now.keys()]) assert.ok(Math.abs((now.get(row) ?? 0) - (before.get(row) ?? 0)) < 0.02, `${t}`);
      weights.forEach(([row]) => used.add(row));
      before = now;
    }
    assert.equal(used.size, 16);
  });
});
