/** Smoothing proximal gradient (Chen, Lin, Kim, Carbonell & Xing 2012) for the lasso with a class graph (see graphPenalty.ts) on some of its rows. */
import { softThreshold } from './lassoPenalty';
import { largestEigenvalue } from './linear';
import type { ClassEdge, LassoProblem } from './problem';
import { smoothedGraphNorm } from './smoothedGraphNorm';
import { gramOf, putRows, takeRows } from './someRows';

const STEPS = 2000;

/** The graph lasso's terms at one lambda. */
export interface GraphTerms {
  edges: readonly ClassEdge[];
  tau: number;
  signed: boolean;
  lambda: number;
  /** ||R||² of smoothedGraphNorm.ts. */
  bound: number;
}

/**
 * Minimises the smoothed problem over the active rows of b, in place, all others being zero. Steps of 1/L with L = ||D'D|| + (tau lambda)² ||R||² / mu,
 * and momentum that starts anew where it points uphill (O'Donoghue & Candès 2015), until none is longer than the tolerance, in units of D'T.
 *
 * Within, matrices are [responses × rows] (someRows.ts).
 *
 * @returns how many steps
 */
export function smoothedDescent(
  problem: LassoProblem,
  active: readonly number[],
  terms: GraphTerms,
  mu: number,
  tolerance: number,
  b: Float64Array,
): number {
  const { edges, lambda, signed } = terms;
  const weight = terms.tau * lambda;
  const { responses } = problem;
  const n = active.length;
  const gram = gramOf(problem, active);
  const correlation = takeRows(problem.correlation, active, responses);
  const step = 1 / (largestEigenvalue({ ...problem, channels: n, gram }) + (weight ** 2 * terms.bound) / mu);
  const cut = step * lambda;
  let current = takeRows(b, active, responses);
  let next: Float64Array = new Float64Array(n * responses);
  const ahead = current.slice();
  const slope = new Float64Array(n * responses);
  let momentum = 1;
  let residual = Infinity;
  let iterations = 0;
  while (residual > tolerance && iterations < STEPS) {
    iterations++;
    for (let i = 0; i < slope.length; i++) slope[i] = -correlation[i]!;
    for (let c = 0; c < responses; c++) addProduct(slope, gram, ahead, c * n, n);
    smoothedGraphNorm(edges, n, ahead, weight, mu, slope);
    let backwards = 0;
    residual = 0;
    for (let i = 0; i < next.length; i++) {
      const value = softThreshold(ahead[i]! - step * slope[i]!, cut, signed);
      const moved = value - ahead[i]!;
      next[i] = value;
      residual = Math.max(residual, Math.abs(moved) / step);
      backwards -= moved * (value - current[i]!);
    }
    const faster = backwards > 0 ? 1 : (1 + Math.sqrt(1 + 4 * momentum ** 2)) / 2;
    const forward = backwards > 0 ? 0 : (momentum - 1) / faster;
    for (let i = 0; i < next.length; i++) ahead[i] = next[i]! + forward * (next[i]! - current[i]!);
    momentum = faster;
    [current, next] = [next, current];
  }
  putRows(b, active, responses, current);
  return iterations;
}

/** y += G x for the n entries of each from `at` on, and symmetric G. */
function addProduct(y: Float64Array, gram: Float64Array, x: Float64Array, at: number, n: number): void {
  let k = 0;
  for (; k + 3 < n; k += 4) {
    const [x0, x1, x2, x3] = [x[at + k]!, x[at + k + 1]!, x[at + k + 2]!, x[at + k + 3]!];
    if (x0 === 0 && x1 === 0 && x2 === 0 && x3 === 0) continue;
    const row = k * n;
    for (let i = 0; i < n; i++) {
      y[at + i]! += x0 * gram[row + i]! + x1 * gram[row + n + i]! + x2 * gram[row + 2 * n + i]! + x3 * gram[row + 3 * n + i]!;
    }
  }
  for (; k < n; k++) {
    const value = x[at + k]!;
    for (let i = 0; i < n; i++) y[at + i]! += value * gram[k * n + i]!;
  }
}
