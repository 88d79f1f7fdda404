import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readModelFolder } from '../../models';
import { noiseGrid } from './noise-grid';

const folder = (name: string) => readModelFolder(join(__dirname, '../../../test/fixtures/models', name));
const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);

describe('the grid of noise levels', () => {
  it('lies in the middle of equal parts, with one noise each that the seed decides', async () => {
    const levels = noiseGrid(await folder('tiny-icon'), 8, 16, 5);
    assert.deepEqual(levels.map(({ timestep }) => timestep), [62, 187, 312, 437, 562, 687, 812, 937]);
    assert.equal(new Set(levels.map(({ noise }) => noise.join())).size, 8);
    assert.deepEqual(noiseGrid(await folder('tiny-icon'), 8, 16, 5), levels);
    assert.notDeepEqual(noiseGrid(await folder('tiny-icon'), 8, 16, 6)[0]!.noise, levels[0]!.noise);
  });

  it('is straight for flow models, and asks for ε − z', async () => {
    for (const name of ['tiny-icon', 'sd3', 'flux']) {
      for (const { timestep, signal, deviation, cleanShare, noiseShare } of noiseGrid(await folder(name), 8, 16, 0)) assert.deepEqual([signal, deviation, cleanShare, noiseShare], [1 - timestep / 1000, timestep / 1000, -1, 1]);
    }
  });

  it('keeps the variance for the others, and asks for ε or for v, from which z comes back', async () => {
    for (const { signal, deviation, cleanShare, noiseShare } of noiseGrid(await folder('sd15'), 8, 16, 0)) {
      near(signal ** 2 + deviation ** 2, 1);
      assert.deepEqual([cleanShare, noiseShare], [0, 1]);
    }
    const [z, epsilon] = [0.3, -1.2];
    for (const { signal, deviation, cleanShare, noiseShare } of noiseGrid(await folder('sd2-v'), 8, 16, 0)) {
      const v = cleanShare * z + noiseShare * epsilon;
      near(signal * (signal * z + deviation * epsilon) - deviation * v, z);
    }
  });
});
