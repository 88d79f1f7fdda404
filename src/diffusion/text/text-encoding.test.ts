import assert from 'node:assert/strict';
import { joinTokens, joinWidths } from './text-encoding';

describe('encodings of one text', () => {
  it('of several chunks follow one another', () => {
    assert.deepEqual([...joinTokens([Float32Array.of(1, 2), Float32Array.of(), Float32Array.of(3)])], [1, 2, 3]);
    assert.deepEqual([...joinTokens([])], []);
  });

  it('of two encoders stand side by side at each token', () => {
    const [a, b] = [Float32Array.of(1, 2, 3, 4), Float32Array.of(10, 20)];
    assert.deepEqual([...joinWidths(a, b, 2)], [1, 2, 10, 3, 4, 20]);
  });

  it('are as wide as they are asked to be, with zeros behind', () => {
    const [a, b] = [Float32Array.of(1, 2), Float32Array.of(10, 20)];
    assert.deepEqual([...joinWidths(a, b, 2, 4)], [1, 10, 0, 0, 2, 20, 0, 0]);
  });
});
