/** The penalty of one channel's coefficients b by class under l1 norm and class graph: ||b||_1 + tau N(b), with N of smoothedGraphNorm.ts, not smoothed. */
import { softThreshold } from './lassoPenalty';
import { largestEntry } from './linear';
import type { ClassEdge, RowPenalty } from './problem';

/** Sweeps end when none moves a flow by more than this fraction of the row's largest entry. A few are usual; chains of many classes take hundreds. */
const PRECISION = 1e-8;
const SWEEPS = 5000;

/**
 * Its proximal operator is that of tau N, and then that of the l1 norm and the sign, which keep the order of the classes' coefficients (Friedman, Hastie,
 * Höfling & Tibshirani 2007). That of tau N is found by its dual: flows along the edges, each at most size tau |r|, that leave as little as can be;
 * one after the other is set to its best, until none moves. Where flows leave no class more than the l1 norm takes, the row is zero.
 *
 * @param edges pairs of classes; without signed coefficients only such with r > 0
 */
export function graphRowPenalty(edges: readonly ClassEdge[], options: { tau: number; signed: boolean }): RowPenalty {
  const { tau, signed } = options;
  const flows = new Float64Array(edges.length);
  return {
    shrink(row, size) {
      const peak = largestEntry(row);
      flows.fill(0);
      for (let sweep = 0; size > 0 && sweep < SWEEPS && !isWithin(row, size, signed); sweep++) {
        if (moveFlows(edges, flows, row, tau * size) <= PRECISION * peak) break;
      }
      for (let c = 0; c < row.length; c++) row[c] = softThreshold(row[c]!, size, signed);
    },
    norm(row) {
      let sum = 0;
      for (let c = 0; c < row.length; c++) sum += Math.abs(row[c]!);
      for (let e = 0; e < edges.length; e++) {
        const { a, b, r } = edges[e]!;
        sum += tau * Math.abs(r * row[a]! - Math.abs(r) * row[b]!);
      }
      return sum;
    },
  };
}

/** Takes each edge's flow to its best, all others fixed; `row` is what they leave. Returns how far one moved at most. */
function moveFlows(edges: readonly ClassEdge[], flows: Float64Array, row: Float64Array, unit: number): number {
  let furthest = 0;
  for (let e = 0; e < edges.length; e++) {
    const { a, b, r } = edges[e]!;
    const most = unit * Math.abs(r);
    const sign = r > 0 ? 1 : -1;
    const wanted = flows[e]! + (row[a]! - sign * row[b]!) / 2;
    const moved = (wanted > most ? most : wanted < -most ? -most : wanted) - flows[e]!;
    flows[e]! += moved;
    row[a]! -= moved;
    row[b]! += sign * moved;
    furthest = Math.max(furthest, Math.abs(moved));
  }
  return furthest;
}

function isWithin(row: Float64Array, size: number, signed: boolean): boolean {
  for (let c = 0; c < row.length; c++) if (row[c]! > size || (signed && row[c]! < -size)) return false;
  return true;
}
