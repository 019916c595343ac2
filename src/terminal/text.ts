/** How numbers and tables look in plain text. Nothing printed is wider than WIDTH. */
import picocolors from 'picocolors';
import { integer } from '../shared/text';

export const WIDTH = 100;

export type Colours = ReturnType<typeof picocolors.createColors>;

/** Colours for a stream: none where it is no terminal, NO_COLOR is set (see no-color.org) or the terminal is dumb. */
export function coloursFor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): Colours {
  return picocolors.createColors(Boolean(stream.isTTY) && !env['NO_COLOR'] && env['TERM'] !== 'dumb');
}

export interface Column {
  title: string;
  align?: 'left' | 'right';
}

/** Columns two spaces apart under their titles; no trailing spaces. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], c: Colours): string[] {
  const widths = columns.map((column, i) => Math.max(column.title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (columns[i]!.align === 'right' ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  return [c.dim(line(columns.map((column) => column.title))), ...rows.map(line)];
}

/** `text` in lines of at most WIDTH, broken at spaces; lines after the first start with `indent`. */
export function wrap(text: string, indent = '  '): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = indent + word;
    } else line = line ? `${line} ${word}` : word;
  }
  return [...lines, line];
}

/** Three figures with an SI suffix: `266200` is `266k`, `1059298` is `1.06M`. */
export function short(n: number): string {
  for (const [unit, suffix] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (n >= unit * 0.9995) return figures(n / unit) + suffix;
  }
  return figures(n);
}

/** Bytes in SI units: `1065640` is `1.07 MB`. */
export function bytes(n: number): string {
  return n < 999.5 ? `${integer(n)} B` : `${short(n).replace(/([kMG])$/, ' $1')}B`;
}

/** Three significant figures, without an exponent for what is not tiny. */
export function figures(n: number): string {
  if (n === 0 || Math.abs(n) < 1e-4) return n === 0 ? '0' : n.toExponential(2);
  return Math.abs(n) >= 999.5 ? integer(n) : Number(n.toPrecision(3)).toString();
}

/** Seconds as a person says them: `0.8 s`, `45 s`, `3 min 20 s`, `2 h 05 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  const two = (n: number) => String(n).padStart(2, '0');
  return s < 3600 ? `${Math.floor(s / 60)} min ${two(s % 60)} s` : `${Math.floor(s / 3600)} h ${two(Math.floor((s % 3600) / 60))} min`;
}
