/** Some rows of a problem by themselves, [responses × rows] instead of [channels × responses], so that loops run over rows. */
import type { LassoProblem } from './problem';

/** D'D of the rows. */
export function gramOf({ channels, gram }: LassoProblem, rows: readonly number[]): Float64Array {
  const n = rows.length;
  const own = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let k = 0; k < n; k++) own[i * n + k] = gram[rows[i]! * channels + rows[k]!]!;
  return own;
}

/** The rows of a matrix [channels × responses], transposed. */
export function takeRows(matrix: Float64Array, rows: readonly number[], responses: number): Float64Array {
  const n = rows.length;
  const own = new Float64Array(n * responses);
  for (let k = 0; k < n; k++) for (let c = 0; c < responses; c++) own[c * n + k] = matrix[rows[k]! * responses + c]!;
  return own;
}

/** The inverse of `takeRows`: writes the rows where they came from. */
export function putRows(matrix: Float64Array, rows: readonly number[], responses: number, own: Float64Array): void {
  const n = rows.length;
  for (let k = 0; k < n; k++) for (let c = 0; c < responses; c++) matrix[rows[k]! * responses + c] = own[c * n + k]!;
}
