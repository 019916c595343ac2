/**
 * Ranks channels by structured lasso: the trained network's channels and classes are compared on a few samples, and one penalty of all layers
 * is searched at which the network has the size that is asked for.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LassoPrune } from '../../config/schema';
import type { Report } from '../../shared/report';
import { structuredPenalty, type StructuredPenalty } from '../criteria/structuredLasso';
import { classCorrelation } from '../lasso/classGraph';
import { largestEntry } from '../lasso/linear';
import type { ClassStructure, LassoProblem, Solution } from '../lasso/problem';
import { searchPenalty } from '../lasso/search';
import type { ChannelSite } from '../nn/graph';
import { calibrate, calibrationRows, type LassoResponse } from './calibration';
import type { Network } from './network';
import type { Samples } from './samples';

export interface RankingOptions {
  prune: LassoPrune;
  network: Network;
  train: Samples;
  /** Places of cuts in the layout of the network that the run began with, and which of their channels the network still has, in order. */
  sites: readonly ChannelSite[];
  originals: (site: ChannelSite) => Int32Array;
  classes: number;
  seed: number;
  /** What the network has with these channels (1 = stays; by site, in the original layout), and should have. */
  size: (masks: readonly Uint8Array[]) => number;
  target: number;
  signal: AbortSignal;
}

/** What was found, for the report. */
export interface LassoFindings extends Omit<StructuredPenalty, 'penalty'> {
  structure: ClassStructure;
  calibration: { samples: number; perClass: number[] };
  rho: number;
  steps: number;
  /** By site, in order. */
  layers: LassoLayer[];
  seconds: { calibration: number; search: number };
}

/** And what the cut came to. */
export interface LassoCut extends LassoFindings {
  budget: Omit<NonNullable<Report['lasso']>['budget'], 'steps'>;
  /** Channels left by site, in order. */
  kept: number[];
}

export interface LassoLayer {
  site: ChannelSite;
  responses: number;
  /** Of the original channels, [channels × responses] row by row; zeros where a channel was gone before. */
  coefficients: Float32Array;
  /** Distance from the optimality conditions over the largest correlation. */
  residual: number;
  iterations: number;
}

/** Scores by site, in the original layout (0 where a channel is gone), by which the channels are to be cut. */
export async function rankByLasso(o: RankingOptions): Promise<{ scores: Float64Array[]; findings: LassoFindings }> {
  const { prune, network, train, sites, classes, signal } = o;
  const originals = sites.map((site) => o.originals(site));
  const wide = (l: number, mask: Uint8Array) => scattered(new Uint8Array(sites[l]!.channels), mask, originals[l]!, 1);

  const started = performance.now();
  const rows = calibrationRows(train.labels, classes, prune.calibration.samples, o.seed);
  const current = sites.map((site, l) => ({ ...site, channels: originals[l]!.length }));
  const { problems, logits } = await calibrate(network, train, { sites: current, classes, response: responseOf(prune), rows, signal });
  const calibrated = performance.now();

  const structure = classCorrelation(logits, rows.length, classes);
  const { penalty, edges, tree } = structuredPenalty(prune, structure);
  const inOrder = sites.map(({ name }) => problems.get(name)!);
  const { rho, steps, solutions, scores } = await searchPenalty({
    problems: inOrder,
    penalty,
    floor: prune.floors.layer,
    size: (masks) => o.size(masks.map((mask, l) => wide(l, mask))),
    target: o.target,
    pause: async () => {
      await nextTurn();
      signal.throwIfAborted();
    },
  });
  const perClass = new Array<number>(classes).fill(0);
  for (const row of rows) perClass[train.labels[row]!]!++;
  return {
    scores: scores.map((s, l) => scattered(new Float64Array(sites[l]!.channels), s, originals[l]!, 1)),
    findings: {
      structure,
      edges,
      tree,
      calibration: { samples: rows.length, perClass },
      rho,
      steps,
      layers: sites.map((site, l) => layerOf(site, inOrder[l]!, solutions[l]!, originals[l]!)),
      seconds: { calibration: (calibrated - started) / 1000, search: (performance.now() - calibrated) / 1000 },
    },
  };
}

/** What the channels shall explain; the baselines have one response for all classes. */
export function responseOf(prune: LassoPrune): LassoResponse {
  if (prune.method === 'apib') return 'output';
  return prune.method === 'hsic-lasso' ? 'same-class' : prune.response;
}

function layerOf(site: ChannelSite, { responses, correlation }: LassoProblem, solution: Solution, originals: Int32Array): LassoLayer {
  const largest = largestEntry(correlation);
  const coefficients = scattered(new Float32Array(site.channels * responses), solution.coefficients, originals, responses);
  return { site, responses, coefficients, residual: largest > 0 ? solution.residual / largest : 0, iterations: solution.iterations };
}

/** Rows of `columns` numbers at the places that `rows` names. */
function scattered<T extends Float32Array | Float64Array | Uint8Array>(
  into: T,
  from: Float64Array | Uint8Array,
  rows: Int32Array,
  columns: number,
): T {
  rows.forEach((row, at) => into.set(from.subarray(at * columns, (at + 1) * columns), row * columns));
  return into;
}
