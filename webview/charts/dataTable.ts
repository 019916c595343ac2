/** The numbers behind a canvas as a real table, folded away; its rows are made when it is opened. */
import { h, scrollable, uniqueId } from '../dom';
import { tsv } from '../format';
import { firstRows } from '../parts/firstRows';
import { button } from '../ui';
import type { ChartApi } from './contract';
import { isNumeric, lines, type Cell, type Grid } from './cells';

/** A table with header cells for its columns and for the first cell of each row (or what `name` puts there); numbers are set to the right. */
export function gridTable(
  { columns, rows }: Grid,
  caption: string,
  name: (row: number) => Node | string = (i) => text(rows[i]![0]!),
): HTMLTableElement {
  const kinds = columns.map((_, column) => (isNumeric(rows.map((row) => row[column]!)) ? 'number' : null));
  const head = columns.map((column, i) => h('th', { scope: 'col', class: i > 0 ? kinds[i]! : null }, column));
  const body = rows.map((row, i) => {
    const cells = row.slice(1).map((cell, j) => h('td', { class: kinds[j + 1]! }, text(cell)));
    return h('tr', {}, h('th', { scope: 'row' }, name(i)), ...cells);
  });
  return h('table', { class: 'grid' }, h('caption', {}, caption), h('thead', {}, h('tr', {}, ...head)), h('tbody', {}, ...body));
}

/** Five digits are read; files and the clipboard get all. */
const text = (cell: Cell) =>
  typeof cell === 'number' && !Number.isInteger(cell) ? String(Number(cell.toPrecision(5))) : String(cell ?? '');

/** `grid` is asked for when the table is opened and, while it is open, after each `refresh`. */
export function dataTable(caption: string, grid: () => Grid, api: ChartApi): { element: HTMLElement; refresh(): void } {
  const id = uniqueId('data');
  const body = h('div', { id });
  const copy = button('Copy table', () => api.copy(tsv(lines(grid()))), { name: `Copy table: ${caption}` });
  const element = h('details', { class: 'chart-data' }, h('summary', {}, 'Show as table'), copy, body);
  const refresh = () => {
    if (!element.open) return;
    const { columns, rows: all } = grid();
    const { rows, note } = firstRows(all);
    const table = scrollable(`Table: ${caption}`, gridTable({ columns, rows: [...rows] }, caption));
    body.replaceChildren(table, ...(note === null ? [] : [h('p', { class: 'muted' }, note)]));
  };
  element.addEventListener('toggle', refresh);
  return { element, refresh };
}
