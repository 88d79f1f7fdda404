import assert from 'node:assert/strict';
import { inTiles, wantsTiles, type Planes } from './tiles';

/** Values tell their place. */
const planes = (channels: number, height: number, width: number): Planes => ({ data: Float32Array.from({ length: channels * height * width }, (_, i) => i), channels, height, width });

describe('tiles', () => {
  it('are wanted for large pictures, or when somebody says so', () => {
    const wanted = (side: number) => (['auto', 'always', 'never'] as const).map((mode) => wantsTiles(mode, { width: side, height: side }));
    assert.deepEqual([wanted(1536), wanted(1537)], [[false, true, false], [true, true, false]]);
    assert.equal(wantsTiles('auto', { width: 3000, height: 700 }), false);
  });

  it('overlap by a quarter and end with the picture', async () => {
    const seen: (readonly number[])[] = [];
    await inTiles(planes(1, 8, 10), { input: 4, output: 4 }, async (tile) => (seen.push([tile.data[0]!, tile.height, tile.width]), tile));
    const at = (x: number, y: number, height: number, width: number) => [10 * y + x, height, width];
    assert.deepEqual(seen, [
      at(0, 0, 4, 4), at(3, 0, 4, 4), at(6, 0, 4, 4), at(9, 0, 4, 1), at(0, 3, 4, 4), at(3, 3, 4, 4), at(6, 3, 4, 4), at(9, 3, 4, 1), at(0, 6, 2, 4), at(3, 6, 2, 4), at(6, 6, 2, 4), at(9, 6, 2, 1),
    ]);
  });

  it('are joined to the picture where they agree about it, in every channel', async () => {
    for (const [height, width] of [[8, 8], [9, 16], [20, 8]] as const) {
      const whole = planes(3, height, width);
      assert.deepEqual(await inTiles(whole, { input: 8, output: 8 }, async (tile) => tile), whole);
    }
  });

  it('fade into their neighbours to the right and below', async () => {
    let count = 0;
    const flat = async ({ height, width }: Planes): Promise<Planes> => ({ data: new Float32Array(2 * height * width).fill(8 * count++), channels: 2, height, width });
    const right = await inTiles(planes(1, 8, 14), { input: 8, output: 8 }, flat); // tiles of 0, 8 and 16 from columns 0, 6 and 12
    for (const row of [0, 5, 8, 13]) assert.deepEqual([...right.data.subarray(14 * row, 14 * row + 14)], [0, 0, 0, 0, 0, 0, 0, 4, 8, 8, 8, 8, 8, 12]); // of both channels
    count = 0;
    const below = await inTiles(planes(1, 14, 6), { input: 8, output: 8 }, flat);
    for (const channel of [0, 1]) assert.deepEqual(Array.from({ length: 14 }, (_, row) => below.data[6 * (14 * channel + row)]), [0, 0, 0, 0, 0, 0, 0, 4, 8, 8, 8, 8, 8, 12]);
  });

  it('may come out larger than they went in, and with other channels', async () => {
    const sides: number[] = [];
    const doubled = async ({ height, width }: Planes): Promise<Planes> => (sides.push(height, width), { data: new Float32Array(2 * 4 * height * width).fill(1), channels: 2, height: 2 * height, width: 2 * width });
    assert.deepEqual(await inTiles(planes(1, 6, 8), { input: 4, output: 8 }, doubled), { data: new Float32Array(2 * 12 * 16).fill(1), channels: 2, height: 12, width: 16 });
    assert.equal(Math.max(...sides), 4);
  });
});
