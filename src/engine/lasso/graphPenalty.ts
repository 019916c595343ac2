/**
 * Sparse graph-structured lasso: classes that go together share channels.
 *
 *   1/2 ||T - D B||² + lambda ||B||_1 + tau lambda sum over edges (m, q) of |r| sum over channels k of |B_km - sign(r) B_kq|,   B >= 0 unless signed
 *
 * First by smoothing proximal gradient (Chen, Lin, Kim, Carbonell & Xing 2012). A smoothed edge no longer holds a coefficient at zero or at its neighbour's, and
 * likes to spread them over near-duplicate channels; so block descent on the rows (rowPenalty.ts), which the penalty is a sum over, ends it on the
 * problem without smoothing. Where most channels stay, the start near the solution saves it many sweeps.
 */
import { rowIsZero } from './linear';
import { lassoPenalty } from './lassoPenalty';
import { graphRowPenalty } from './graphRowPenalty';
import type { ClassEdge, LassoProblem, Penalty, RowPenalty } from './problem';
import { rowPenalty, solveByRows, violations } from './rowPenalty';
import { smoothedDescent, type GraphTerms } from './smoothedDescent';
import { graphNormBound } from './smoothedGraphNorm';

/** Most that smoothing may lower the objective by, in units of ||T||²: half of mu for each edge and active row. */
const SMOOTHING = 1e-3;
/** How near the smoothed solution is taken, in units of lambda; for small lambdas in units of the largest of D'T. */
const TOLERANCE = 1e-2;
const SMALL_TOLERANCE = 1e-4;
/** Rounds of steps and a new active set. */
const ROUNDS = 20;
/** What the block descent may cost: some tens of sweeps are usual; where nearly all of 512 channels stay there would be a thousand, the last of little use. */
const MAX_SWEEPS = 1000;
const MAX_PRODUCTS = 5e8;
/** Of a row's minimiser, for each edge: an estimate, of ten rounds of flows. */
const FLOW_PRODUCTS = 30;

/** @param edges pairs of classes; without signed coefficients only such with r > 0 */
export function graphPenalty(edges: readonly ClassEdge[], options: { tau: number; signed: boolean }): Penalty {
  if (edges.length === 0 || options.tau === 0) return lassoPenalty(options);
  const row = graphRowPenalty(edges, options);
  let bound: number | undefined;
  return {
    lambdaMax: (problem) => rowPenalty(row).lambdaMax(problem),
    solve(problem, lambda, start) {
      bound ??= graphNormBound(edges, problem.responses);
      const near = smoothedSolution(problem, row, { ...options, edges, lambda, bound }, start);
      const rows = Math.max(1, near.active);
      const sweeps = Math.ceil(MAX_PRODUCTS / (rows * (rows * problem.responses + FLOW_PRODUCTS * edges.length)));
      const solution = solveByRows(problem, row, lambda, near.coefficients, Math.min(MAX_SWEEPS, sweeps));
      return { ...solution, iterations: near.iterations + solution.iterations };
    },
  };
}

/**
 * The smoothed problem's solution, roughly, on the rows that are not zero, to which those are added whose zero is not optimal without smoothing; with it
 * many more would stay.
 */
function smoothedSolution(
  problem: LassoProblem,
  row: RowPenalty,
  terms: GraphTerms,
  start: Float64Array | undefined,
): { coefficients: Float64Array; active: number; iterations: number } {
  const { channels: d, responses, gram, correlation, energy } = problem;
  const { lambda, edges } = terms;
  const b = new Float64Array(d * responses);
  const all = Array.from({ length: d }, (_, k) => k).filter((k) => gram[k * d + k] !== 0);
  const peak = correlation.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const tolerance = Math.max(TOLERANCE * lambda, SMALL_TOLERANCE * peak);
  let active: number[] = [];
  if (start) {
    active = all.filter((k) => !rowIsZero(start, k, responses));
    for (const k of active) b.set(start.subarray(k * responses, (k + 1) * responses), k * responses);
  }
  let iterations = 0;
  for (let round = 0; ; round++) {
    const mu = (2 * SMOOTHING * energy) / (Math.max(1, active.length) * edges.length);
    iterations += smoothedDescent(problem, active, terms, mu, tolerance, b);
    const kept = active.filter((k) => !rowIsZero(b, k, responses));
    const wrong = violations(problem, row, lambda, b);
    const missing = all.filter((k) => wrong[k]! > tolerance && rowIsZero(b, k, responses)).sort((i, k) => wrong[k]! - wrong[i]! || i - k);
    if (missing.length === 0 || round === ROUNDS) return { coefficients: b, active: kept.length, iterations };
    // A few at a time: what the first explain is not missing any more.
    active = [...kept, ...missing.slice(0, Math.max(10, Math.ceil(0.3 * kept.length)))].sort((i, k) => i - k);
  }
}
