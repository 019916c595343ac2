/** Cells of a picture: where the pointer is, where the arrow keys go, and what is said about a cell. */
import type { Grid } from './cells';

export interface GridSize {
  width: number;
  height: number;
}

export interface GridCell {
  column: number;
  row: number;
}

/** The cell under a point given in cells' lengths from the corner; null outside. */
export function cellAt(x: number, y: number, { width, height }: GridSize): GridCell | null {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  return column >= 0 && row >= 0 && column < width && row < height ? { column, row } : null;
}

/** Where a key moves the cursor: a cell, to the ends of the row, or (with Ctrl) of the picture; null for keys that do not move it. */
export function moveCell(cell: GridCell, key: string, ctrl: boolean, { width, height }: GridSize): GridCell | null {
  const { column, row } = cell;
  switch (key) {
    case 'ArrowLeft':
      return { column: Math.max(0, column - 1), row };
    case 'ArrowRight':
      return { column: Math.min(width - 1, column + 1), row };
    case 'ArrowUp':
      return { column, row: Math.max(0, row - 1) };
    case 'ArrowDown':
      return { column, row: Math.min(height - 1, row + 1) };
    case 'Home':
      return { column: 0, row: ctrl ? 0 : row };
    case 'End':
      return { column: width - 1, row: ctrl ? height - 1 : row };
    default:
      return null;
  }
}

/** `row 12, column 15: 34 connections`; rows and columns are counted from 1. */
export function describeCell({ column, row }: GridCell, count: number): string {
  return `row ${row + 1}, column ${column + 1}: ${count} connection${count === 1 ? '' : 's'}`;
}

/** The values of a picture's cells, row by row, as they lie. */
export function pictureGrid({ width, height }: GridSize, values: readonly number[]): Grid {
  return {
    columns: ['Row', ...Array.from({ length: width }, (_, i) => String(i + 1))],
    rows: Array.from({ length: height }, (_, y) => [y + 1, ...values.slice(y * width, (y + 1) * width)]),
  };
}

/** Length of a cell's side in whole pixels, so that cells are crisp and of one size. */
export function cellSide(available: number, cells: number, [least, most]: readonly [number, number]): number {
  return Math.min(Math.max(Math.floor(available / cells), least), most);
}
