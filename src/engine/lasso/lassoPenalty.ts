/** The plain lasso on kernels, each response on its own: HSIC lasso with B >= 0 (Yamada et al. 2014), APIB with signed coefficients (Guo et al. 2023). */
import type { Penalty } from './problem';
import { rowPenalty } from './rowPenalty';

/** lambda ||B||_1, and B >= 0 unless signed. */
export function lassoPenalty(options: { signed: boolean }): Penalty {
  return rowPenalty({
    shrink(row, size) {
      for (let c = 0; c < row.length; c++) row[c] = softThreshold(row[c]!, size, options.signed);
    },
    norm: (row) => row.reduce((sum, value) => sum + Math.abs(value), 0),
  });
}

/** The proximal operator of size |x|, and of x >= 0 unless signed. */
export function softThreshold(x: number, size: number, signed: boolean): number {
  return x > size ? x - size : signed && x < -size ? x + size : 0;
}
