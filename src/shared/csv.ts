/** Rows as CSV (RFC 4180). */

export type Cell = string | number | boolean | null | undefined;

/** What is null or undefined is an empty cell. */
export function csv(rows: readonly (readonly Cell[])[], lineEnd: '\r\n' | '\n' = '\r\n'): string {
  return rows.map((row) => row.map(quoted).join(',') + lineEnd).join('');
}

function quoted(value: Cell): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
