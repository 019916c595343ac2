/** What lies in a run's folder for each layer, beside its report. */

/** A mask as the run left it: one byte a weight, rows (inputs) × cols (outputs), row by row; of a batch norm one a channel, in one row. */
export interface Mask {
  rows: number;
  cols: number;
  bytes: Uint8Array;
}

/** Coefficients of a layer's channels as structured lasso left them, rows (channels) × cols (responses), row by row. */
export interface Coefficients {
  rows: number;
  cols: number;
  values: Float32Array;
}
