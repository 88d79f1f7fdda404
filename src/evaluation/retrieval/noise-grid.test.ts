import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readModelFolder } from '../../models';
import { noiseGrid } from './noise-grid';

const folder = (name: string) => readModelFolder(join(__dirname, '../../../test/fixtures/models', name));

describe('the grid of noise levels', () => {
  it('lies in the middle of equal parts, with one noise each that the seed decides', async () => {
    const levels = noiseGrid(await folder('tiny-icon'), 8, 16, 5);
    assert.deepEqual(levels.map(({ level }) => level.timestep), [62, 187, 312, 437, 562, 687, 812, 937]);
    assert.equal(new Set(levels.map(({ noise }) => noise.join())).size, 8);
    assert.deepEqual(noiseGrid(await folder('tiny-icon'), 8, 16, 5), levels);
    assert.notDeepEqual(noiseGrid(await folder('tiny-icon'), 8, 16, 6)[0]!.noise, levels[0]!.noise);
  });
});
