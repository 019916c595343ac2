/** A cursor on a canvas of cells, or of other things, moved by mouse and keys. */
import { cellAt, moveCell, type GridCell, type GridSize } from './grid';

export interface Cells {
  size: GridSize;
  cursor: GridCell | null;
  /** Of a cell, in CSS pixels: its side, or its width where it has another height. */
  side: number;
  tall?: number;
  /** Where the first cell's corner is on the canvas, in CSS pixels. */
  left: number;
  top: number;
}

/**
 * Mouse, arrow keys and focus. `cells` says how the canvas is laid out now; `point` gets the cell (null: none), and whether keys led there, so that
 * it is to be scrolled to.
 */
export function moveCursor(canvas: HTMLCanvasElement, cells: () => Cells, point: (cell: GridCell | null, byKey: boolean) => void): void {
  canvas.addEventListener('pointermove', ({ offsetX, offsetY }) => {
    const { size, side, tall = side, left, top } = cells();
    point(cellAt((offsetX - left) / side, (offsetY - top) / tall, size), false);
  });
  canvas.addEventListener('pointerleave', () => point(null, false));
  canvas.addEventListener('keydown', (event) => {
    const { size, cursor } = cells();
    const next = moveCell(cursor ?? { column: -1, row: 0 }, event.key, event.ctrlKey, size);
    if (!next) return;
    event.preventDefault();
    point(next, true);
  });
  canvas.addEventListener('focus', () => {
    const { size, cursor } = cells();
    if (!cursor) point({ column: Math.floor(size.width / 2), row: Math.floor(size.height / 2) }, true);
  });
}

/**
 * Mouse and keys where other things than cells are pointed at. `at` finds the one at a place of the canvas, `step` the one that a key leads to (null:
 * none); `go` gets it, and whether keys led there.
 */
export function moveAmong<T>(
  canvas: HTMLCanvasElement,
  at: (x: number, y: number) => T | null,
  step: (key: string) => T | null,
  go: (next: T | null, byKey: boolean) => void,
): void {
  canvas.addEventListener('pointermove', ({ offsetX, offsetY }) => go(at(offsetX, offsetY), false));
  canvas.addEventListener('pointerleave', () => go(null, false));
  canvas.addEventListener('keydown', (event) => {
    const next = event.ctrlKey || event.metaKey || event.altKey ? null : step(event.key);
    if (next === null) return;
    event.preventDefault();
    go(next, true);
  });
  canvas.addEventListener('blur', () => go(null, false));
}

/** Two frames, so that one of them stands out from any colour. The first cell lies at the origin of `context`. */
export function drawCursor(context: CanvasRenderingContext2D, { column, row }: GridCell, side: number, tall = side): void {
  const [left, top] = [column * side, row * tall];
  context.lineWidth = 2;
  context.strokeStyle = 'black';
  context.strokeRect(left - 2, top - 2, side + 4, tall + 4);
  context.strokeStyle = 'white';
  context.strokeRect(left, top, side, tall);
}
