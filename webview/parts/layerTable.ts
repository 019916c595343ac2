/** The layers of a network and what is left of each: sorted, filtered and copied without being drawn again. */
import { percent, type LayerRow, type Report } from '../../src/shared/report';
import type { ChartApi } from '../charts/contract';
import { announce, h, scrollable, setVariable } from '../dom';
import { integer, plural } from '../../src/shared/text';
import { csv } from '../../src/shared/csv';
import { tsv } from '../format';
import { button, textField } from '../ui';

interface Column {
  title: string;
  /** Name in exports. */
  key: string;
  number: boolean;
  value: (row: LayerRow) => string | number;
  text: (row: LayerRow) => string;
}

const shape = (of: readonly number[]) => of.join('×');
const words = (title: string, key: string, value: (row: LayerRow) => string): Column => ({ title, key, number: false, value, text: value });

const COLUMNS: readonly Column[] = [
  words('Layer', 'layer', (row) => row.name),
  words('Type', 'type', (row) => row.type),
  words('Shape', 'shape', (row) => shape(row.shape)),
  words('Compact shape', 'compact_shape', (row) => shape(row.compactShape)),
  { title: 'Weights', key: 'weights', number: true, value: (row) => row.total, text: (row) => integer(row.total) },
  { title: 'Kept', key: 'kept', number: true, value: (row) => row.kept, text: (row) => integer(row.kept) },
  { title: 'Kept part', key: 'kept_fraction', number: true, value: (row) => row.keptFraction, text: (row) => percent(row.keptFraction) },
];

type Order = 'none' | 'ascending' | 'descending';
const NEXT: Record<Order, Order> = { none: 'ascending', ascending: 'descending', descending: 'none' };

export function layerTable(report: Report, api: Pick<ChartApi, 'copy' | 'save'>): HTMLElement {
  const rows = report.layers.map((layer) => ({ layer, element: rowOf(layer), search: `${layer.name} ${layer.type}`.toLowerCase() }));
  let inOrder = rows;
  let filter = '';
  const body = h('tbody', {}, ...rows.map(({ element }) => element));
  const count = h('span', { class: 'muted' }, plural(rows.length, 'layer'));
  const none = h('p', { class: 'muted', hidden: true }, 'No layer has this in its name or type.');

  const shown = () => inOrder.filter(({ search }) => search.includes(filter));
  const sort = (column: Column, order: Order) => {
    const sign = order === 'descending' ? -1 : 1;
    inOrder = order === 'none' ? rows : [...rows].sort((a, b) => sign * compare(column.value(a.layer), column.value(b.layer)));
    body.append(...inOrder.map(({ element }) => element));
    announce(order === 'none' ? 'Layers in the order of the network' : `Layers sorted by ${column.title.toLowerCase()}, ${order}`);
  };
  const applyFilter = (text: string) => {
    filter = text.trim().toLowerCase();
    for (const { element, search } of rows) element.hidden = !search.includes(filter);
    const visible = shown().length;
    none.hidden = visible > 0;
    count.textContent = visible === rows.length ? plural(rows.length, 'layer') : `${visible} of ${plural(rows.length, 'layer')}`;
    announce(count.textContent);
  };
  const cells = () => [COLUMNS.map(({ key }) => key), ...shown().map(({ layer }) => COLUMNS.map(({ value }) => value(layer)))];

  return h(
    'section',
    { class: 'layers', 'aria-labelledby': 'layers' },
    h('h2', { id: 'layers' }, 'Layers'),
    h(
      'div',
      { class: 'bar' },
      textField('Filter layers', 'Filter by name or type', applyFilter),
      button('Copy table', () => {
        api.copy(tsv(cells()));
        announce('Table copied');
      }),
      button('Save CSV', () => api.save(`${report.name}-layers.csv`, { text: csv(cells()) })),
      count,
    ),
    scrollable(
      'Table of layers',
      h(
        'table',
        {},
        h('caption', { class: 'visually-hidden' }, 'Weights of each layer, and how many of them are kept'),
        h('thead', {}, headRow(sort)),
        body,
        totals(report),
      ),
      none,
    ),
  );
}

function rowOf(layer: LayerRow): HTMLElement {
  const meter = h('span', { class: 'meter', role: 'presentation' });
  setVariable(meter, '--part', layer.keptFraction);
  const [name, ...others] = COLUMNS;
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, name!.text(layer)),
    ...others.map((column) => h('td', { class: column.number ? 'number' : null }, column.text(layer))),
    h('td', { class: 'wide' }, meter),
  );
}

/** Each heading is a button: once for ascending, again for descending, again for the order of the network. */
function headRow(sort: (column: Column, order: Order) => void): HTMLElement {
  const heads = COLUMNS.map((column) => {
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

function totals({ kept: { weights, total } }: Report): HTMLElement {
  const part = percent(total === 0 ? 1 : weights / total);
  return h(
    'tfoot',
    {},
    h(
      'tr',
      {},
      h('th', { scope: 'row', colspan: 4 }, 'All that can be pruned'),
      ...[integer(total), integer(weights), part].map((text) => h('td', { class: 'number' }, text)),
      h('td', {}),
    ),
  );
}

function compare(a: string | number, b: string | number): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en', { numeric: true });
}
