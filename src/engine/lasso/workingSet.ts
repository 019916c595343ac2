import type { LassoProblem, RowPenalty } from './problem';
import { gramOf, putRows, takeRows } from './someRows';

/** How many sweeps an extrapolation looks at. */
const DEPTH = 5;
/** How much of an extrapolation is tried. */
const PARTS = [1, 1 / 4, 1 / 16, 1 / 64];

/** Coefficients, and D'T - D'D B at them. */
interface State {
  b: Float64Array;
  slope: Float64Array;
}

/** Some rows of a problem, minimised with all others fixed, which are zero. Within, all is [responses × rows] (someRows.ts), so that one coefficient's change is a run. */
export class WorkingSet {
  private readonly gram: Float64Array;
  private readonly correlation: Float64Array;
  private b: Float64Array;
  /** D'T - D'D B: less the gradient. */
  private slope: Float64Array;
  private readonly row: Float64Array;

  /** @param start coefficients of the whole problem; those of rows that are not in `rows` have to be zero */
  constructor(
    private readonly problem: LassoProblem,
    private readonly penalty: RowPenalty,
    private readonly lambda: number,
    private readonly rows: readonly number[],
    start: Float64Array,
  ) {
    const { responses } = problem;
    this.gram = gramOf(problem, rows);
    this.correlation = takeRows(problem.correlation, rows, responses);
    this.b = takeRows(start, rows, responses);
    this.slope = this.correlation.slice();
    this.b.forEach((value, at) => this.lowerSlope(this.slope, at, value));
    this.row = new Float64Array(responses);
  }

  /** Coefficients of the whole problem. */
  coefficients(): Float64Array {
    const { channels, responses } = this.problem;
    const all = new Float64Array(channels * responses);
    putRows(all, this.rows, responses, this.b);
    return all;
  }

  /**
   * Sweeps until none changes a coefficient by more than `tolerance`, at most `maxSweeps` of them. Never raises the objective.
   * @returns how many sweeps
   */
  descend(tolerance: number, maxSweeps: number): number {
    let history = [this.state()];
    for (let sweep = 1; sweep <= maxSweeps; sweep++) {
      if (this.sweep() <= tolerance) return sweep;
      history.push(this.state());
      if (history.length <= DEPTH) continue;
      this.extrapolate(history);
      history = [this.state()];
    }
    return maxSweeps;
  }

  /** Takes each row to its minimiser in turn, and returns the largest change of a coefficient. */
  private sweep(): number {
    const n = this.rows.length;
    const { b, slope, row } = this;
    let largest = 0;
    for (let k = 0; k < n; k++) {
      for (let c = 0; c < row.length; c++) row[c] = b[c * n + k]! + slope[c * n + k]!;
      this.penalty.shrink(row, this.lambda);
      for (let c = 0; c < row.length; c++) {
        const at = c * n + k;
        const change = row[c]! - b[at]!;
        if (change === 0) continue;
        b[at] = row[c]!;
        this.lowerSlope(slope, at, change);
        largest = Math.max(largest, Math.abs(change));
      }
    }
    return largest;
  }

  private state(): State {
    return { b: this.b.slice(), slope: this.slope.slice() };
  }

  /** What a change of one coefficient does to the slope. */
  private lowerSlope(slope: Float64Array, at: number, change: number): void {
    if (change === 0) return;
    const n = this.rows.length;
    const k = at % n;
    const first = at - k;
    const gram = this.gram;
    for (let i = 0; i < n; i++) slope[first + i]! -= change * gram[k * n + i]!;
  }

  /**
   * Anderson acceleration of coordinate descent (Bertrand and Massias 2021): the affine combination of the last sweeps whose steps come nearest to
   * cancelling, taken where it lowers the objective. Near-duplicate channels make plain sweeps take ten times as long. It may lie far beyond where
   * a coefficient reaches zero; then part of the way still lowers the objective. The slope is affine in B, so its combination costs nothing more.
   */
  private extrapolate(history: readonly State[]): void {
    const n = this.rows.length;
    const steps = history.slice(1).map((after, i) => after.b.map((value, at) => value - history[i]!.b[at]!));
    const weights = weightsOfSmallestSum(steps);
    if (!weights) return;
    const here = this.value(this.b, this.slope);
    for (const part of PARTS) {
      const partial = weights.map((weight, i) => part * weight + (i === DEPTH - 1 ? 1 - part : 0));
      const b = combine(
        partial,
        history.slice(1).map((state) => state.b),
      );
      const slope = combine(
        partial,
        history.slice(1).map((state) => state.slope),
      );
      // Back to where the constraint holds.
      for (let k = 0; k < n; k++) {
        for (let c = 0; c < this.row.length; c++) this.row[c] = b[c * n + k]!;
        this.penalty.shrink(this.row, 0);
        for (let c = 0; c < this.row.length; c++) {
          const at = c * n + k;
          this.lowerSlope(slope, at, this.row[c]! - b[at]!);
          b[at] = this.row[c]!;
        }
      }
      if (this.value(b, slope) < here) {
        this.b = b;
        this.slope = slope;
        return;
      }
    }
  }

  /** The objective, without what the coefficients do not change. */
  private value(b: Float64Array, slope: Float64Array): number {
    const n = this.rows.length;
    let sum = 0;
    for (let at = 0; at < b.length; at++) sum -= (b[at]! * (this.correlation[at]! + slope[at]!)) / 2;
    for (let k = 0; k < n; k++) {
      for (let c = 0; c < this.row.length; c++) this.row[c] = b[c * n + k]!;
      sum += this.lambda * this.penalty.norm(this.row);
    }
    return sum;
  }
}

function combine(weights: readonly number[], vectors: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(vectors[0]!.length);
  for (const [i, vector] of vectors.entries()) {
    const weight = weights[i]!;
    for (let at = 0; at < sum.length; at++) sum[at]! += weight * vector[at]!;
  }
  return sum;
}

/** Weights of sum 1 for which the weighted sum of the vectors is shortest; null where rounding leaves none. */
function weightsOfSmallestSum(vectors: readonly Float64Array[]): number[] | null {
  const products = vectors.map((x) => vectors.map((y) => x.reduce((sum, value, i) => sum + value * y[i]!, 0)));
  // Parallel steps make this singular, and are the rule near the end: a ridge keeps it solvable.
  const ridge = 1e-12 * products.reduce((sum, row, i) => sum + row[i]!, 0);
  products.forEach((row, i) => (row[i]! += ridge));
  const solution = solvePositive(products);
  const sum = solution.reduce((total, value) => total + value, 0);
  const weights = solution.map((value) => value / sum);
  return weights.every(Number.isFinite) ? weights : null;
}

/** x with A x = (1, ..., 1), for a small symmetric positive definite A, which it overwrites: elimination needs no pivots there. */
function solvePositive(a: number[][]): number[] {
  const n = a.length;
  const x = new Array<number>(n).fill(1);
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const factor = a[j]![i]! / a[i]![i]!;
      for (let k = i; k < n; k++) a[j]![k]! -= factor * a[i]![k]!;
      x[j]! -= factor * x[i]!;
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= a[i]![k]! * x[k]!;
    x[i]! /= a[i]![i]!;
  }
  return x;
}
