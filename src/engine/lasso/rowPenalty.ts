/** Penalties that are a sum over channels, and how a problem with one is solved. What makes them different is one row's proximal operator and norm. */
import { largestEntry, multiplyGram, rowIsZero, squaredError } from './linear';
import type { LassoProblem, Penalty, RowPenalty, Solution } from './problem';
import { WorkingSet } from './workingSet';

/** Largest violation that a solution may have, over the largest entry of D'T. */
const TOLERANCE = 1e-6;
/** A hundred or two are usual. Only channels whose kernels correlate by 0.9999 need more, and lack a digit or two of the tolerance at the end. */
const MAX_SWEEPS = 1000;

export function rowPenalty(penalty: RowPenalty): Penalty {
  return {
    lambdaMax: (problem) => lambdaMax(problem, penalty),
    solve: (problem, lambda, start) => solveByRows(problem, penalty, lambda, start),
  };
}

/**
 * Block descent: a row's exact minimiser, all others fixed, is one proximal step, as D'D has 1 on its diagonal; and since the penalty is a sum over rows, going
 * round them reaches the minimum (Tseng 2001). It does so on a set of rows that are or may become nonzero, to which those whose zero is most wrong are
 * added until none is (working sets as in Celer: Massias, Gramfort and Salmon 2018).
 *
 * @param maxSweeps how many times at most to go round the rows of a working set
 */
export function solveByRows(
  problem: LassoProblem,
  penalty: RowPenalty,
  lambda: number,
  start?: Float64Array,
  maxSweeps = MAX_SWEEPS,
): Solution {
  const { channels, responses, correlation } = problem;
  const zero = new Float64Array(channels * responses);
  // Where zero is a solution it is the answer, from whatever start.
  let b = violations(problem, penalty, lambda, zero).every((violation) => violation === 0) ? zero : fromStart(problem, start);
  const tolerance = TOLERANCE * largestEntry(correlation);
  let iterations = 0;
  for (;;) {
    const wrong = violations(problem, penalty, lambda, b);
    const residual = largestEntry(wrong);
    if (residual <= tolerance || iterations >= maxSweeps) {
      return { coefficients: b, objective: objective(problem, penalty, lambda, b), iterations, residual };
    }
    const set = new WorkingSet(problem, penalty, lambda, workingRows(wrong, b, responses).rows, b);
    iterations += set.descend(Math.max(0.3 * tolerance, 0.3 * residual), maxSweeps - iterations);
    b = set.coefficients();
  }
}

/** Per row, how far it is from its exact minimiser with all others fixed: zero everywhere at a solution and nowhere else. */
export function violations(problem: LassoProblem, penalty: RowPenalty, lambda: number, b: Float64Array): Float64Array {
  const { channels, responses, correlation, gram } = problem;
  const product = multiplyGram(problem, b);
  const row = new Float64Array(responses);
  return Float64Array.from({ length: channels }, (_, k) => {
    if (gram[k * channels + k] === 0) return 0;
    const at = k * responses;
    for (let c = 0; c < responses; c++) row[c] = b[at + c]! + correlation[at + c]! - product[at + c]!;
    penalty.shrink(row, lambda);
    let largest = 0;
    for (let c = 0; c < responses; c++) largest = Math.max(largest, Math.abs(row[c]! - b[at + c]!));
    return largest;
  });
}

/**
 * All rows that are not zero, and with them, as `rows`, those of the others whose zero is most wrong: few at a time, as most would leave again once the first are in.
 *
 * @param wrong from `violations`; @param tolerance up to where a zero is right
 */
export function workingRows(wrong: Float64Array, b: Float64Array, responses: number, tolerance = 0): { nonzero: number[]; rows: number[] } {
  const all = Array.from(wrong.keys());
  const nonzero = all.filter((k) => !rowIsZero(b, k, responses));
  const candidates = all.filter((k) => wrong[k]! > tolerance && rowIsZero(b, k, responses)).sort((i, k) => wrong[k]! - wrong[i]! || i - k);
  const added = candidates.slice(0, Math.max(10, Math.ceil(0.3 * nonzero.length)));
  return { nonzero, rows: [...nonzero, ...added].sort((i, k) => i - k) };
}

/** Coefficients to begin with; a constant channel, which the data cannot change, has none. */
export function fromStart({ channels, responses, gram }: LassoProblem, start?: Float64Array): Float64Array {
  const b = start ? Float64Array.from(start) : new Float64Array(channels * responses);
  for (let k = 0; k < channels; k++) if (gram[k * channels + k] === 0) b.fill(0, k * responses, (k + 1) * responses);
  return b;
}

function objective(problem: LassoProblem, penalty: RowPenalty, lambda: number, b: Float64Array): number {
  const { channels, responses } = problem;
  let sum = squaredError(problem, b, multiplyGram(problem, b));
  for (let k = 0; k < channels; k++) sum += lambda * penalty.norm(b.subarray(k * responses, (k + 1) * responses));
  return sum;
}

/** Zero is a solution as soon as the proximal operator takes each row of D'T to zero; where that begins is found by bisection, to 12 digits and never below. */
function lambdaMax({ channels, responses, correlation }: LassoProblem, penalty: RowPenalty): number {
  let largest = 0;
  for (let k = 0; k < channels; k++) {
    const row = correlation.subarray(k * responses, (k + 1) * responses);
    const vanishes = (lambda: number): boolean => {
      const shrunk = Float64Array.from(row);
      penalty.shrink(shrunk, lambda);
      return rowIsZero(shrunk, 0, responses);
    };
    if (vanishes(largest)) continue;
    let below = largest;
    let above = Math.max(largest, ...row.map(Math.abs));
    while (!vanishes(above)) [below, above] = [above, 2 * above];
    while (above - below > 1e-12 * above) {
      const middle = (below + above) / 2;
      if (vanishes(middle)) above = middle;
      else below = middle;
    }
    largest = above;
  }
  return largest;
}
