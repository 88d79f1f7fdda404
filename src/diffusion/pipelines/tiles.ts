/**
 * Autoencoders piece by piece: their memory grows with the picture, and tiles of one size bound it. Tiles overlap by a quarter
 * and fade into each other, with the numbers of diffusers' `enable_vae_tiling` (`AutoencoderKL.tiled_decode`, `_tiled_encode`).
 */

/** Row-major `[channels, height, width]`. */
export interface Planes {
  readonly data: Float32Array;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

export interface Tiling {
  /** Side of a tile that goes in and of what comes out for it. */
  readonly input: number;
  readonly output: number;
}

/** When pictures go through in tiles: `auto` is above `AUTOMATIC_PIXELS`. */
export const TILE_MODES = ['auto', 'always', 'never'] as const;
export type TileMode = (typeof TILE_MODES)[number];

/** A whole decoder of SD's size takes about 8 GB for a picture of this many pixels. */
const AUTOMATIC_PIXELS = 1536 * 1536;
const OVERLAP = 0.25;

export function wantsTiles(mode: TileMode, { width, height }: { readonly width: number; readonly height: number }): boolean {
  return mode === 'always' || (mode === 'auto' && width * height > AUTOMATIC_PIXELS);
}

/** Runs `part` on overlapping tiles of `whole` and joins what it gives. */
export async function inTiles(whole: Planes, { input, output }: Tiling, part: (tile: Planes) => Promise<Planes>): Promise<Planes> {
  const stride = Math.trunc(input * (1 - OVERLAP));
  const blend = Math.trunc(output * OVERLAP);
  const kept = output - blend;
  const rows: Planes[][] = [];
  let above: Planes[] = [];
  for (let y = 0; y < whole.height; y += stride) {
    const row: Planes[] = [];
    for (let x = 0; x < whole.width; x += stride) {
      const tile = await part(cut(whole, x, y, input, input));
      const upper = above[row.length];
      if (upper) fadeDown(upper, tile, blend);
      const left = row.at(-1);
      if (left) fadeRight(left, tile, blend);
      row.push(tile);
    }
    rows.push(row.map((tile) => cut(tile, 0, 0, kept, kept)));
    above = row;
  }
  return joined(rows);
}

function cut({ data, channels, height, width }: Planes, x: number, y: number, maxWidth: number, maxHeight: number): Planes {
  const [w, h] = [Math.min(maxWidth, width - x), Math.min(maxHeight, height - y)];
  const part = new Float32Array(channels * h * w);
  for (let c = 0; c < channels; c++) {
    for (let row = 0; row < h; row++) {
      const from = (c * height + y + row) * width + x;
      part.set(data.subarray(from, from + w), (c * h + row) * w);
    }
  }
  return { data: part, channels, height: h, width: w };
}

/** The last rows of `upper` fade into the first of `tile`, in place. */
function fadeDown(upper: Planes, tile: Planes, extent: number): void {
  const rows = Math.min(upper.height, tile.height, extent);
  for (let c = 0; c < tile.channels; c++) {
    for (let y = 0; y < rows; y++) {
      const from = (c * upper.height + upper.height - rows + y) * upper.width;
      const at = (c * tile.height + y) * tile.width;
      for (let x = 0; x < tile.width; x++) tile.data[at + x] = mixed(upper.data[from + x]!, tile.data[at + x]!, y / rows);
    }
  }
}

/** The last columns of `left` fade into the first of `tile`, in place. */
function fadeRight(left: Planes, tile: Planes, extent: number): void {
  const columns = Math.min(left.width, tile.width, extent);
  for (let row = 0; row < tile.channels * tile.height; row++) {
    const from = (row + 1) * left.width - columns;
    const at = row * tile.width;
    for (let x = 0; x < columns; x++) tile.data[at + x] = mixed(left.data[from + x]!, tile.data[at + x]!, x / columns);
  }
}

function mixed(old: number, fresh: number, share: number): number {
  return old * (1 - share) + fresh * share;
}

function joined(rows: readonly (readonly Planes[])[]): Planes {
  const channels = rows[0]![0]!.channels;
  const width = rows[0]!.reduce((sum, tile) => sum + tile.width, 0);
  const height = rows.reduce((sum, row) => sum + row[0]!.height, 0);
  const data = new Float32Array(channels * height * width);
  let top = 0;
  for (const row of rows) {
    let left = 0;
    for (const tile of row) {
      for (let c = 0; c < channels; c++) {
        for (let y = 0; y < tile.height; y++) {
          data.set(tile.data.subarray((c * tile.height + y) * tile.width, (c * tile.height + y + 1) * tile.width), (c * height + top + y) * width + left);
        }
      }
      left += tile.width;
    }
    top += row[0]!.height;
  }
  return { data, channels, height, width };
}
