/**
 * The graph's part of the penalty, for the coefficients b of one channel by class,
 *
 *   N(b) = sum over edges (m, q) of |r| |b_m - sign(r) b_q| = max over |a_e| <= 1 of <a, R b>,
 *
 * where row e of R has |r| at m and -sign(r) |r| at q (graph-structured fusion penalty: Chen, Lin, Kim, Carbonell & Xing 2012). It has no closed prox;
 * Nesterov's smoothing takes mu/2 ||a||² off under the maximum, which changes w N by at most mu/2 an edge.
 */
import type { ClassEdge } from './problem';

/**
 * The smoothed sum over rows of w N, for `transposed` = B' [responses × rows] row by row, with maximiser A* = clip(w B R' / mu, -1, 1); its gradient, w A* R, is added to `gradient`. It is Lipschitz with
 * w² ||R||² / mu.
 */
export function smoothedGraphNorm(
  edges: readonly ClassEdge[],
  rows: number,
  transposed: Float64Array,
  weight: number,
  mu: number,
  gradient: Float64Array,
): number {
  let sum = 0;
  for (const { a, b, r } of edges) {
    const atA = weight * Math.abs(r);
    const atB = -weight * r;
    for (let k = 0; k < rows; k++) {
      const x = atA * transposed[a * rows + k]! + atB * transposed[b * rows + k]!;
      const dual = x > mu ? 1 : x < -mu ? -1 : x / mu;
      sum += dual * (x - (mu / 2) * dual);
      gradient[a * rows + k]! += dual * atA;
      gradient[b * rows + k]! += dual * atB;
    }
  }
  return sum;
}

/**
 * ||R||², the largest eigenvalue of R'R [responses × responses]: bisected on whether x I - R'R is positive definite, to 1e-12 from above, so that a
 * step of its inverse is always short enough. (A bound by row sums of R, which add up to 0 where classes correlate positively, would not be.)
 */
export function graphNormBound(edges: readonly ClassEdge[], responses: number): number {
  const square = new Float64Array(responses * responses);
  for (const { a, b, r } of edges) {
    square[a * responses + a]! += r * r;
    square[b * responses + b]! += r * r;
    square[a * responses + b]! -= Math.abs(r) * r;
    square[b * responses + a]! -= Math.abs(r) * r;
  }
  let trace = 0;
  for (let i = 0; i < responses; i++) trace += square[i * responses + i]!;
  let low = trace / responses;
  let high = trace;
  while (high - low > 1e-12 * high) {
    const middle = (low + high) / 2;
    if (isPositiveDefinite(square, responses, middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Whether x I - M is positive definite: whether Cholesky's factorisation finds a root of each pivot. */
function isPositiveDefinite(m: Float64Array, n: number, x: number): boolean {
  const factor = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let value = (i === j ? x : 0) - m[i * n + j]!;
      for (let k = 0; k < j; k++) value -= factor[i * n + k]! * factor[j * n + k]!;
      if (i === j && value <= 0) return false;
      factor[i * n + j] = i === j ? Math.sqrt(value) : value / factor[j * n + j]!;
    }
  }
  return true;
}
