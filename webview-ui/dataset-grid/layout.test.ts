import assert from 'node:assert/strict';
import { CELL_HEIGHT, CELL_WIDTH, layOut } from './layout';

const screen = { width: 4 * CELL_WIDTH + 20, height: 3 * CELL_HEIGHT - 10 };

describe('the layout of a grid', () => {
  it('has what is on the screen, and the rows around it', () => {
    const { columns, rowCount, firstRow, rows, top, spaceHeight } = layOut({ ...screen, scrollTop: 10 * CELL_HEIGHT + 5, total: 101, overscan: 2 });
    assert.deepEqual({ columns, rowCount, firstRow, rows, top }, { columns: 4, rowCount: 26, firstRow: 8, rows: 7, top: 8 * CELL_HEIGHT });
    assert.equal(spaceHeight, 26 * CELL_HEIGHT);
  });

  it('has one column however narrow, and nothing of nothing', () => {
    assert.equal(layOut({ width: 10, height: 900, scrollTop: 0, total: 5 }).columns, 1);
    const { rows, spaceHeight } = layOut({ ...screen, scrollTop: 0, total: 0 });
    assert.deepEqual([rows, spaceHeight], [0, 0]);
  });

  it('reaches both ends of a grid that is taller than a browser lays out', () => {
    const total = 400_000;
    const at = (scrollTop: number) => layOut({ width: CELL_WIDTH, height: 900, scrollTop, total });
    const { spaceHeight } = at(0);
    assert.ok(spaceHeight <= 30_000_000 && spaceHeight < total * CELL_HEIGHT);
    assert.equal(at(0).firstRow, 0);
    const end = at(spaceHeight - 900);
    assert.equal(end.firstRow + end.rows, total);
    assert.ok(Math.abs(end.top + end.rows * CELL_HEIGHT - spaceHeight) < 1, 'the last row ends where the space does');
  });

  it('scrolls to a row so that it is the first', () => {
    for (const total of [1000, 400_000]) {
      const layout = (scrollTop: number) => layOut({ width: CELL_WIDTH, height: 900, scrollTop, total });
      for (const row of [0, 7, total - 10]) assert.ok(Math.abs(layout(layout(0).offsetOfRow(row)).firstRow - row) <= 1, `${row} of ${total}`);
    }
  });
});
