/** Tables as plain data, apart from the DOM. */

export type Cell = string | number | null;

export interface Grid {
  columns: string[];
  /** The first cell of a row names it. */
  rows: Cell[][];
}

/** The columns' names, and the rows under them. */
export const lines = ({ columns, rows }: Grid): Cell[][] => [columns, ...rows];

/** Does a column hold numbers, also as text (`1.51% ± 0.05%`, `266,200`)? Cells without a value (`–`) do not matter. */
export function isNumeric(cells: readonly Cell[]): boolean {
  const values = cells.map((cell) => String(cell ?? '')).filter((text) => text !== '' && text !== '–');
  return values.length > 0 && values.every((text) => /^[-−\d.,%±\se+]+$/.test(text) && /\d/.test(text));
}
