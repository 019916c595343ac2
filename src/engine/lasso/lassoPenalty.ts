/** The plain lasso on kernels, each response on its own: HSIC lasso with B >= 0 (Yamada et al. 2014), APIB with signed coefficients (Guo et al. 2023). */
import type { Penalty } from './problem';
import { rowPenalty } from './rowPenalty';

/** lambda ||B||_1, and B >= 0 unless signed. */
export function lassoPenalty(options: { signed: boolean }): Penalty {
  return rowPenalty({
    shrink(row, size) {
      for (let c = 0; c < row.length; c++) {
        const x = row[c]!;
        row[c] = x > size ? x - size : options.signed && x < -size ? x + size : 0;
      }
    },
    norm: (row) => row.reduce((sum, value) => sum + Math.abs(value), 0),
  });
}
