/** Numbers as a person reads them. Percentages are made by `percent()` of shared/report.ts alone. */
import type { Cell } from '../src/shared/csv';
import type { Stage } from '../src/shared/report';
import { integer } from '../src/shared/text';

/** `266 k`, `1.05 M`: three figures. */
export function short(n: number): string {
  const steps: readonly [number, string][] = [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ];
  const step = steps.find(([size]) => Math.abs(n) >= size);
  return step ? `${figures(n / step[0])} ${step[1]}` : integer(n);
}

/** `1.06 MB`: powers of ten, as on a disk's label. */
export function bytes(n: number): string {
  const [size, unit] = n >= 1e9 ? [1e9, 'GB'] : n >= 1e6 ? [1e6, 'MB'] : n >= 1e3 ? [1e3, 'kB'] : [1, 'B'];
  return `${figures(n / size)} ${unit}`;
}

/** With a minus sign in place of the hyphen that numbers are written with. */
export const minus = (number: string): string => number.replace(/^-/, '−');

/** Three significant figures, without an exponent where it can be helped. */
export function figures(n: number): string {
  if (n === 0) return '0';
  const size = Math.abs(n);
  return size < 1e-4 || size >= 1e15 ? n.toExponential(1) : size >= 100 ? integer(n) : String(Number(n.toPrecision(3)));
}

/** Median and half the interquartile range, both to the place of the median's third figure. */
export function milliseconds({ median, iqr }: Stage['latencyMs']): string {
  const places = Math.min(4, Math.max(0, 2 - Math.floor(Math.log10(Math.max(median, 1e-4)))));
  return `${median.toFixed(places)} ± ${(iqr / 2).toFixed(places)}`;
}

/** `48 s`, `3 min 20 s`, `1 h 02 min`. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${seconds < 9.95 ? Number(seconds.toFixed(1)) : s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min${s % 60 ? ` ${s % 60} s` : ''}`;
  return `${Math.floor(s / 3600)} h ${String(Math.round((s % 3600) / 60)).padStart(2, '0')} min`;
}

/** Local date and time of an ISO string. */
export function dateTime(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

/** Rows as a spreadsheet takes them from the clipboard. */
export function tsv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => row.map((cell) => String(cell ?? '').replace(/[\t\r\n]+/g, ' ')).join('\t')).join('\n');
}
