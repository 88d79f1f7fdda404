/** Pictures of a fixture, as a recipe laid them out. */
import { readPixels } from '../../image';
import { PIXELS, SIDE } from '../pixels/mask';

/** The tiles of a sheet, line by line, 64×64×3 bytes each; empty ones at its end included. */
export async function picturesOf(sheet: string): Promise<Uint8Array[]> {
  const { data, width, height } = await readPixels(sheet);
  const columns = width / SIDE;
  return Array.from({ length: (columns * height) / SIDE }, (_, tile) => {
    const [left, top] = [(tile % columns) * SIDE, Math.floor(tile / columns) * SIDE];
    return Uint8Array.from({ length: PIXELS * 3 }, (_, i) => {
      const [x, y] = [Math.floor(i / 3) % SIDE, Math.floor(i / 3 / SIDE)];
      return data[((top + y) * width + left + x) * 3 + (i % 3)]!;
    });
  });
}
