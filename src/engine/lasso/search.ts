/**
 * The one penalty of all layers at which the network has the size that is asked for: layers whose channels say more about the classes keep
 * more of them. Down a path from the penalty that empties every layer, each problem begun with its solution before, then by halving.
 */
import type { LassoProblem, Penalty, Solution } from './problem';

/** A row of coefficients is empty up to this norm. */
const EMPTY = 1e-8;
/** The path's steps, and where it ends: with so small a penalty channels are left out that others stand for, whatever the penalty. */
const STEP = 4;
const LEAST = 1e-4;
/** Near enough to the target; what is missing is made up channel by channel. */
const TOLERANCE = 0.01;
const HALVINGS = 25;

export interface Search {
  problems: readonly LassoProblem[];
  penalty: Penalty;
  /** Channels of each problem that stay in any case. */
  floor: number;
  /** What the network has with these channels of the problems (1 = stays), and should have. */
  size: (kept: readonly Uint8Array[]) => number;
  target: number;
  /** Before each step; may throw to end the search. */
  pause: () => Promise<void>;
}

export interface Found {
  /** Penalty over the smallest that empties every layer. */
  rho: number;
  /** Penalties tried. */
  steps: number;
  solutions: readonly Solution[];
  /**
   * By problem and channel: over 1 and up to 2 for one that has coefficients, by their norm over the layer's largest; the others below, by
   * what they say about the responses on their own; 0 for one that is constant.
   */
  scores: readonly Float64Array[];
}

export async function searchPenalty(search: Search): Promise<Found> {
  const { problems, penalty, target } = search;
  const largest = problems.map((problem) => penalty.lambdaMax(problem));
  const lambdaMax = Math.max(0, ...largest);
  let steps = 0;
  const at = async (rho: number, start?: Found) => {
    await search.pause();
    steps++;
    const lambda = rho * lambdaMax;
    const solutions = problems.map((problem, l) =>
      lambda >= largest[l]! ? emptied(problem) : penalty.solve(problem, lambda, start?.solutions[l]!.coefficients),
    );
    const scores = problems.map((problem, l) => channelScores(problem, solutions[l]!));
    const size = search.size(scores.map((s) => kept(s, search.floor)));
    return { rho, steps, solutions, scores, size };
  };
  type Point = Awaited<ReturnType<typeof at>>;

  let small: Point = await at(1);
  let best = small;
  const isNear = (point: Point) => Math.abs(point.size - target) <= TOLERANCE * target;
  const remember = (point: Point) => {
    if (Math.abs(point.size - target) < Math.abs(best.size - target)) best = point;
    return point;
  };
  let large: Point | null = null;
  while (lambdaMax > 0 && small.size < target && !large && small.rho / STEP >= LEAST) {
    const next = remember(await at(small.rho / STEP, small));
    if (next.size >= target) large = next;
    else small = next;
  }
  for (let i = 0; large && i < HALVINGS && !isNear(best); i++) {
    const middle = remember(await at(Math.sqrt(small.rho * large.rho), small));
    if (middle.size >= target) large = middle;
    else small = middle;
  }
  const { rho, solutions, scores } = best;
  return { rho, steps, solutions, scores };
}

const emptied = ({ channels, responses, energy }: LassoProblem): Solution => ({
  coefficients: new Float64Array(channels * responses),
  objective: energy / 2,
  iterations: 0,
  residual: 0,
});

function channelScores({ channels, responses, correlation }: LassoProblem, { coefficients }: Solution): Float64Array {
  const norms = rowNorms(coefficients, channels, responses);
  const alone = rowNorms(correlation, channels, responses);
  const most = Math.max(...norms);
  const mostAlone = Math.max(...alone);
  return norms.map((q, k) => (q > EMPTY ? 1 + q / most : mostAlone > 0 ? alone[k]! / mostAlone : 0));
}

function rowNorms(matrix: Float64Array, rows: number, columns: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, k) => Math.hypot(...matrix.subarray(k * columns, (k + 1) * columns)));
}

/** The channels that have coefficients, and as many of the best others as the floor wants. */
function kept(scores: Float64Array, floor: number): Uint8Array {
  const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b);
  const mask = new Uint8Array(scores.length);
  order.forEach((k, rank) => (mask[k] = rank < floor || scores[k]! > 1 ? 1 : 0));
  return mask;
}
