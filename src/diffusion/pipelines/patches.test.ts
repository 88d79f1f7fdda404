import assert from 'node:assert/strict';
import { packPatches, unpackPatches } from './patches';

describe('patches', () => {
  const shape = { channels: 2, height: 2, width: 4 };
  const latents = Float32Array.from({ length: 16 }, (_, i) => i);

  it('hold all channels of two rows and two columns', () => {
    assert.deepEqual([...packPatches(latents, shape)], [0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15]);
  });

  it('unpack to what was packed', () => assert.deepEqual(unpackPatches(packPatches(latents, shape), shape), latents));
});
