/** The numbers behind a canvas as a real table, folded away; its rows are made when it is opened. */
import { h, scrollable, uniqueId } from '../dom';
import { tsv } from '../format';
import { button } from '../ui';
import type { ChartApi } from './contract';

export type Cell = string | number | null;

export interface Grid {
  columns: string[];
  /** The first cell of a row names it. */
  rows: Cell[][];
}

/** A table with header cells for its columns and for the first cell of each row (or what `name` puts there); numbers are set to the right. */
export function gridTable(
  { columns, rows }: Grid,
  caption: string,
  name: (row: number) => Node | string = (i) => text(rows[i]![0]!),
): HTMLTableElement {
  return h(
    'table',
    { class: 'grid' },
    h('caption', {}, caption),
    h('thead', {}, h('tr', {}, ...columns.map((column) => h('th', { scope: 'col' }, column)))),
    h(
      'tbody',
      {},
      ...rows.map((row, i) =>
        h('tr', {}, h('th', { scope: 'row' }, name(i)), ...row.slice(1).map((cell) => h('td', { class: kind(cell) }, text(cell)))),
      ),
    ),
  );
}

const text = (cell: Cell) => String(cell ?? '');
/** Numbers, also as text: `1.51% ± 0.05%`, `266,200`. */
const kind = (cell: Cell) => (typeof cell === 'number' || /^[\d.,%±\s–-]+$/.test(text(cell)) ? 'number' : null);

/** `grid` is asked for when the table is opened and, while it is open, after each `refresh`. */
export function dataTable(caption: string, grid: () => Grid, api: ChartApi): { element: HTMLElement; refresh(): void } {
  const id = uniqueId('data');
  const body = h('div', { id });
  const copy = button('Copy table', () => {
    const { columns, rows } = grid();
    api.copy(tsv([columns, ...rows]));
  });
  const element = h('details', { class: 'chart-data' }, h('summary', {}, 'Show as table'), copy, body);
  const refresh = () => {
    if (element.open) body.replaceChildren(scrollable(caption, gridTable(grid(), caption)));
  };
  element.addEventListener('toggle', refresh);
  return { element, refresh };
}
