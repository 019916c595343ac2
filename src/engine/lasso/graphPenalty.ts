/**
 * Sparse graph-structured lasso: classes that go together share channels.
 *
 *   1/2 ||T - D B||² + lambda ||B||_1 + tau lambda sum over edges (m, q) of |r| sum over channels k of |B_km - sign(r) B_kq|,   B >= 0 unless signed
 *
 * First by smoothing proximal gradient (Chen, Lin, Kim, Carbonell & Xing 2012). A smoothed edge no longer holds a coefficient at zero or at its neighbour's, and
 * likes to spread them over near-duplicate channels; so block descent on the rows (rowPenalty.ts), which the penalty is a sum over, ends it on the
 * problem without smoothing. Where most channels stay, the start near the solution saves it many sweeps.
 */
import { largestEntry, rowIsZero } from './linear';
import { lassoPenalty } from './lassoPenalty';
import { graphRowPenalty } from './graphRowPenalty';
import type { ClassEdge, LassoProblem, Penalty, RowPenalty } from './problem';
import { fromStart, rowPenalty, solveByRows, violations, workingRows } from './rowPenalty';
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
  const { channels, responses, correlation, energy } = problem;
  const { lambda, edges } = terms;
  const b = fromStart(problem, start);
  const tolerance = Math.max(TOLERANCE * lambda, SMALL_TOLERANCE * largestEntry(correlation));
  let active = Array.from({ length: channels }, (_, k) => k).filter((k) => !rowIsZero(b, k, responses));
  let iterations = 0;
  for (let round = 0; ; round++) {
    const mu = (2 * SMOOTHING * energy) / (Math.max(1, active.length) * edges.length);
    iterations += smoothedDescent(problem, active, terms, mu, tolerance, b);
    const { nonzero, rows } = workingRows(violations(problem, row, lambda, b), b, responses, tolerance);
    if (rows.length === nonzero.length || round === ROUNDS) return { coefficients: b, active: nonzero.length, iterations };
    active = rows;
  }
}
