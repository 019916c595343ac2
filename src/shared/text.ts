/** Whole numbers as a person reads them. Percentages are made by `percent()` of report.ts alone. */

const grouped = new Intl.NumberFormat('en');

/** `266200` is `266,200`; rounded. */
export function integer(n: number): string {
  return grouped.format(Math.round(n));
}

/** `1 epoch`, `2 epochs`. */
export function plural(n: number, noun: string, many = `${noun}s`): string {
  return `${integer(n)} ${n === 1 ? noun : many}`;
}
