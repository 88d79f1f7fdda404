/** One size for all drawings, wherever and however large they stand in their pictures. */
import { PIXELS, SIDE, type Extent } from './mask';

const INNER = 52;

/**
 * A plane `[64, 64]` with the extent brought to 52 pixels (its longer side) and the middle; bilinear.
 * @param beyond what is outside of the picture
 */
export function fitted(plane: Float64Array, { left, right, top, bottom }: Extent, beyond = 0): Float64Array {
  const scale = INNER / Math.max(right - left + 1, bottom - top + 1);
  const source = (at: number, low: number, high: number) => (at + 0.5 - SIDE / 2) / scale + (low + high + 1) / 2 - 0.5;
  const [columns, rows] = [[left, right], [top, bottom]].map(([low, high]) => Array.from({ length: SIDE }, (_, at) => source(at, low!, high!)));
  return new Float64Array(PIXELS).map((_, i) => sampled(plane, columns![i % SIDE]!, rows![Math.floor(i / SIDE)]!, beyond));
}

function sampled(plane: Float64Array, x: number, y: number, beyond: number): number {
  if (x < 0 || y < 0 || x > SIDE - 1 || y > SIDE - 1) return beyond;
  const [left, top] = [Math.min(Math.floor(x), SIDE - 2), Math.min(Math.floor(y), SIDE - 2)];
  const [u, v] = [x - left, y - top];
  const at = (dx: number, dy: number) => plane[(top + dy) * SIDE + left + dx]!;
  return (1 - v) * ((1 - u) * at(0, 0) + u * at(1, 0)) + v * ((1 - u) * at(0, 1) + u * at(1, 1));
}
