import assert from 'node:assert/strict';
import { chooseLayers } from './choose-layers';

const layers = Array.from({ length: 50 }, (_, i) => ({ name: `layer ${i}`, error: ((i * 37) % 50) / 100 }));
/** A picture that is as wrong as its layers together. */
const sum = async (chosen: readonly { error: number }[]) => chosen.reduce((total, { error }) => total + error, 0);

describe('the choice of layers', () => {
  it('takes all of them if that is good enough, after one look', async () => {
    let looks = 0;
    const choice = await chooseLayers(layers, 100, async (chosen) => ((looks += 1), sum(chosen)));
    assert.deepEqual([choice?.chosen.length, looks], [50, 1]);
  });

  it('leaves out as few as the target needs, the worst first, in about log₂ n looks', async () => {
    let looks = 0;
    const choice = await chooseLayers(layers, 3, async (chosen) => ((looks += 1), sum(chosen)));
    // 0 + 0.01 + … + 0.24 is 3.00.
    assert.deepEqual(choice?.chosen.map(({ error }) => error).sort((a, b) => a - b), Array.from({ length: 25 }, (_, i) => i / 100));
    assert.ok(Math.abs((choice?.error ?? 0) - 3) < 1e-9);
    assert.ok(looks <= 7);
  });

  it('is none where nothing keeps to the target', async () => {
    assert.equal(await chooseLayers(layers, -1, sum), undefined);
    assert.equal(await chooseLayers([], 1, sum), undefined);
  });
});
