/** A table of many rows: sorted, filtered and copied. A row's element is made when it is first shown. */
import type { ChartApi } from '../charts/contract';
import { announce, h, meter, scrollable } from '../dom';
import { integer, plural } from '../../src/shared/text';
import { csv } from '../../src/shared/csv';
import { tsv } from '../format';
import { button, textField } from '../ui';
import { firstRows } from './firstRows';

export interface Column<Row> {
  title: string;
  /** Name in exports. */
  key: string;
  number: boolean;
  value: (row: Row) => string | number;
  text: (row: Row) => string;
}

export const words = <Row>(title: string, key: string, value: (row: Row) => string): Column<Row> => ({
  title,
  key,
  number: false,
  value,
  text: value,
});

export const number = <Row>(title: string, key: string, value: (row: Row) => number, text = integer): Column<Row> => ({
  title,
  key,
  number: true,
  value,
  text: (row) => text(value(row)),
});

export interface SortTable<Row> {
  /** Of the section, and what its parts are called after. */
  id: string;
  title: string;
  /** What the table holds, for those who do not see it. */
  about: string;
  /** The first names the row. */
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** What the filter looks at, and how it is called. */
  search: (row: Row) => string;
  searched: string;
  /** Length of the row's bar, 0 to 1. */
  part: (row: Row) => number;
  /** Last row: its name over the columns of words, then a text for each column of numbers. */
  total: { name: string; numbers: readonly string[] };
  /** Name of the saved file. */
  file: string;
}

type Order = 'none' | 'ascending' | 'descending';
const NEXT: Record<Order, Order> = { none: 'ascending', ascending: 'descending', descending: 'none' };

export function sortTable<Row>(table: SortTable<Row>, api: Pick<ChartApi, 'copy' | 'save'>): HTMLElement {
  const { id, title, columns } = table;
  const rows = table.rows.map((row) => ({ row, search: table.search(row).toLowerCase() }));
  const elements = new Map<Row, HTMLElement>();
  const elementOf = (row: Row) => {
    const element = elements.get(row) ?? rowOf(row, table);
    elements.set(row, element);
    return element;
  };
  let inOrder = rows;
  let filter = '';
  const body = h('tbody');
  const count = h('span', { class: 'muted' }, plural(rows.length, 'layer'));
  const none = h('p', { class: 'muted', hidden: true }, `No layer has this in its ${table.searched}.`);
  const more = h('p', { class: 'muted', hidden: true });

  const shown = () => inOrder.filter(({ search }) => search.includes(filter));
  const show = (): number => {
    const visible = shown();
    const { rows: first, note } = firstRows(visible);
    body.replaceChildren(...first.map(({ row }) => elementOf(row)));
    more.textContent = note;
    more.hidden = note === null;
    none.hidden = visible.length > 0;
    return visible.length;
  };
  const sort = (column: Column<Row>, order: Order) => {
    const sign = order === 'descending' ? -1 : 1;
    inOrder = order === 'none' ? rows : [...rows].sort((a, b) => sign * compare(column.value(a.row), column.value(b.row)));
    show();
    announce(order === 'none' ? 'Layers in the order of the network' : `Layers sorted by ${column.title.toLowerCase()}, ${order}`);
  };
  const applyFilter = (text: string) => {
    filter = text.trim().toLowerCase();
    const visible = show();
    count.textContent = visible === rows.length ? plural(rows.length, 'layer') : `${visible} of ${plural(rows.length, 'layer')}`;
    announce(count.textContent);
  };
  const cells = () => [columns.map(({ key }) => key), ...shown().map(({ row }) => columns.map(({ value }) => value(row)))];
  // Two such tables may stand on a page; their buttons have the same text.
  const named = (text: string, act: () => void) => button(text, act, { name: `${text}: ${title}` });
  const copy = named('Copy table', () => {
    api.copy(tsv(cells()));
    announce('Table copied');
  });
  const save = named('Save CSV', () => api.save(`${table.file}.csv`, { text: csv(cells()) }));

  show();

  return h(
    'section',
    { class: 'layers', 'aria-labelledby': id },
    h('h2', { id }, title),
    h('div', { class: 'bar' }, textField(`Filter ${title.toLowerCase()}`, `Filter by ${table.searched}`, applyFilter), copy, save, count),
    scrollable(
      `Table of ${title.toLowerCase()}`,
      h('table', {}, h('caption', { class: 'visually-hidden' }, table.about), h('thead', {}, headRow(columns, sort)), body, totals(table)),
      none,
      more,
    ),
  );
}

function rowOf<Row>(row: Row, { columns, part }: SortTable<Row>): HTMLElement {
  const [name, ...others] = columns;
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, name!.text(row)),
    ...others.map((column) => h('td', { class: column.number ? 'number' : null }, column.text(row))),
    h('td', { class: 'wide' }, meter(part(row))),
  );
}

/** Each heading is a button: once for ascending, again for descending, again for the order of the network. */
function headRow<Row>(columns: readonly Column<Row>[], sort: (column: Column<Row>, order: Order) => void): HTMLElement {
  const heads = columns.map((column) => {
    const sorter = h('button', { class: 'plain sort', type: 'button' }, column.title);
    const head = h('th', { scope: 'col', class: column.number ? 'number' : null, 'aria-sort': 'none' }, sorter);
    sorter.addEventListener('click', () => {
      const order = NEXT[head.getAttribute('aria-sort') as Order];
      for (const other of heads) other.setAttribute('aria-sort', 'none');
      head.setAttribute('aria-sort', order);
      sort(column, order);
    });
    return head;
  });
  return h('tr', {}, ...heads, h('td', {}));
}

function totals<Row>({ columns, total: { name, numbers } }: SortTable<Row>): HTMLElement {
  const span = columns.filter((column) => !column.number).length;
  const cells = numbers.map((text) => h('td', { class: 'number' }, text));
  return h('tfoot', {}, h('tr', {}, h('th', { scope: 'row', colspan: span }, name), ...cells, h('td', {})));
}

function compare(a: string | number, b: string | number): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en', { numeric: true });
}
