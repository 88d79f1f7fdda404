/** Where the cells of a grid of any length are: arithmetic, so that it can be tested without a page. */

/** Of one cell with the gap around it, in pixels; the styles say the same. */
export const CELL_WIDTH = 232;
export const CELL_HEIGHT = 296;
/** Browsers lay out no element taller than some 33 million pixels; a taller grid scrolls faster than it looks. */
const TALLEST = 30_000_000;

export interface Layout {
  readonly columns: number;
  readonly rowCount: number;
  /** First row that exists in the page, and how many do. */
  readonly firstRow: number;
  readonly rows: number;
  /** Height of what is scrolled over, and where the first row lies in it. */
  readonly spaceHeight: number;
  readonly top: number;
  /** Where to scroll to see a row at the top. */
  offsetOfRow(row: number): number;
}

/** All in CSS pixels; `overscan` are rows kept above and below the screen. */
export function layOut({ width, height, scrollTop, total, overscan = 0 }: { width: number; height: number; scrollTop: number; total: number; overscan?: number }): Layout {
  const columns = Math.max(1, Math.floor(width / CELL_WIDTH));
  const rowCount = Math.ceil(total / columns);
  const fullHeight = rowCount * CELL_HEIGHT;
  const spaceHeight = Math.min(fullHeight, TALLEST);
  // The ends meet exactly: scrolled to the end, the last row is at the bottom.
  const scale = spaceHeight > height ? Math.max(1, (fullHeight - height) / (spaceHeight - height)) : 1;
  const offset = Math.max(0, Math.min(scrollTop * scale, fullHeight - height));
  const firstRow = Math.max(0, Math.floor(offset / CELL_HEIGHT) - overscan);
  const lastRow = Math.min(rowCount, Math.ceil((offset + height) / CELL_HEIGHT) + overscan);
  return {
    columns,
    rowCount,
    firstRow,
    rows: Math.max(0, lastRow - firstRow),
    spaceHeight,
    top: Math.max(0, scrollTop) - (offset - firstRow * CELL_HEIGHT),
    offsetOfRow: (row) => (row * CELL_HEIGHT) / scale,
  };
}
