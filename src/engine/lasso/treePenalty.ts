/** The tree-guided group lasso (Kim and Xing 2010) with coefficients of at least 0. */
import type { ClassTree, Penalty, RowPenalty } from './problem';
import { rowPenalty } from './rowPenalty';

/**
 * lambda * sum_k sum_v w_v ||B_k,Gv||₂ + l1 * lambda * ||B||₁ over B >= 0: channels k, nodes v of the tree with the classes Gv below them.
 */
export function treePenalty(tree: ClassTree, options: { l1: number }): Penalty {
  return rowPenalty(treeRowPenalty(tree, options));
}

/**
 * The penalty of one row. For groups of which any two are nested or disjoint, shrinking the norm of each in turn, from the leaves to the root, is the
 * exact proximal operator (Jenatton et al. 2011); the constraint and the l1 norm, which are on single classes, go first, with the leaves.
 */
export function treeRowPenalty(tree: ClassTree, options: { l1: number }): RowPenalty {
  const { classes, groups } = tree;
  const single = Float64Array.from({ length: classes }, (_, c) => groups[c]!.weight + options.l1);
  const inner = groups.slice(classes).map(({ members, weight }) => ({ members: Int32Array.from(members), weight }));
  return {
    shrink(row, size) {
      let nonzero = false;
      for (let c = 0; c < classes; c++) {
        row[c] = Math.max(0, row[c]! - size * single[c]!);
        nonzero ||= row[c] !== 0;
      }
      // Most rows end here, and with size 0 all that is asked for is the constraint.
      if (!nonzero || size === 0) return;
      for (const { members, weight } of inner) {
        const length = norm(row, members);
        if (length === 0) continue;
        const factor = Math.max(0, 1 - (size * weight) / length);
        for (let i = 0; i < members.length; i++) row[members[i]!]! *= factor;
      }
    },
    norm(row) {
      let sum = 0;
      for (let c = 0; c < classes; c++) sum += single[c]! * row[c]!;
      if (sum === 0 && row.every((value) => value === 0)) return 0;
      for (const { members, weight } of inner) sum += weight * norm(row, members);
      return sum;
    },
  };
}

function norm(row: Float64Array, members: Int32Array): number {
  let squares = 0;
  for (let i = 0; i < members.length; i++) {
    const value = row[members[i]!]!;
    squares += value * value;
  }
  return Math.sqrt(squares);
}
