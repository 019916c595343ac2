/**
 * The online form of the paper (pruning by screening, eq. 4): running class sums S_c, their total S and the sum of squares Q, from which
 *
 *   A = sum_c S_c² / n_c,   SSB = A - S² / N,   SSW = Q - A.
 *
 * The differences cancel where the mean is large against the deviation (a mean of 1e5 deviations costs about 10 of float64's 16 digits);
 * for integers such as pixels the sums are exact. ClassMoments is the form without cancellation.
 */
import { fFromSquares, type FStatistics } from './fStatistic';

export class ClassSums {
  readonly n: Float64Array;
  readonly sums: Float64Array;
  readonly total: Float64Array;
  readonly squares: Float64Array;

  constructor(
    readonly classes: number,
    readonly features: number,
  ) {
    this.n = new Float64Array(classes);
    this.sums = new Float64Array(classes * features);
    this.total = new Float64Array(features);
    this.squares = new Float64Array(features);
  }

  /** Samples x [samples × features], row by row, with labels [samples] in 0..classes-1. */
  add(x: Float32Array | Uint8Array, labels: ArrayLike<number>): void {
    const { features, sums, total, squares } = this;
    for (let i = 0, at = 0; i < labels.length; i++) {
      const base = labels[i]! * features;
      this.n[labels[i]!]!++;
      for (let p = 0; p < features; p++, at++) {
        const value = x[at]!;
        if (value === 0) continue;
        sums[base + p]! += value;
        total[p]! += value;
        squares[p]! += value * value;
      }
    }
  }

  merge(other: ClassSums): void {
    for (const part of ['n', 'sums', 'total', 'squares'] as const) {
      for (let at = 0; at < this[part].length; at++) this[part][at]! += other[part][at]!;
    }
  }

  /** @throws PruneError screening/too-few-samples, screening/one-class */
  f(): FStatistics {
    const { n, features, sums, total, squares } = this;
    const samples = n.reduce((a, b) => a + b, 0);
    const explained = new Float64Array(features);
    for (let c = 0; c < this.classes; c++) {
      if (n[c] === 0) continue;
      for (let p = 0, at = c * features; p < features; p++, at++) explained[p]! += (sums[at]! * sums[at]!) / n[c]!;
    }
    const mean = total.map((t) => t / samples);
    const between = explained.map((a, p) => a - (total[p]! * total[p]!) / samples);
    const within = squares.map((q, p) => q - explained[p]!);
    return fFromSquares(n, mean, between, within);
  }
}
