/** Which rows of a long table are made into elements. Knows no DOM. */
import { integer } from '../../src/shared/text';

/** Rows of a table on the page. More take the editor seconds to lay out, and nobody reads them one by one; files and the clipboard have all. */
export const MOST_ROWS = 1000;

/** The first rows, and what to say of the others; null where there are none. */
export function firstRows<Row>(rows: readonly Row[]): { rows: readonly Row[]; note: string | null } {
  if (rows.length <= MOST_ROWS) return { rows, note: null };
  return {
    rows: rows.slice(0, MOST_ROWS),
    note: `The first ${integer(MOST_ROWS)} of ${integer(rows.length)} rows. All of them are in what is copied or saved.`,
  };
}
