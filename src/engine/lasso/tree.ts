/** The classes as a tree, by how their logits correlate, and the weights of its group norms: "Tree-guided group lasso", Kim and Xing 2010. */
import type { ClassStructure, ClassTree, Merge } from './problem';

/** A node this close in height to the one above it is one with it: their order is rounding. */
const SAME_HEIGHT = 1e-6;

/** An inner node as a group of the penalty: a kept merge, what it was made of, and the kept merge above it. */
interface Node {
  merge: number;
  above: Node | null;
}

/**
 * Average-linkage clustering of the classes by the distance 1 - r. A node of height h (of the tallest) has s = min(h, clip) and g = 1 - s; the weight
 * of a merge's group is its g times the s of all above it, that of a class the s of all above it, so that the weights of the nodes that hold a class
 * sum to 1. The clip keeps the root's at 1 - clip or more: without it the norm of a whole row, which is what empties channels, would weigh nothing.
 */
export function classTree(structure: ClassStructure, options: { clip?: number } = {}): ClassTree {
  const { classes } = structure;
  const clip = options.clip ?? 0.9;
  const merges = averageLinkage(structure);

  const s = (node: Node): number => Math.min(merges[node.merge]!.height, clip);
  const sOfAllAbove = (above: Node | null): number => (above === null ? 1 : s(above) * sOfAllAbove(above.above));

  const leaves = new Array<{ members: number[]; weight: number }>(classes);
  const inner: { members: number[]; weight: number; merge: number }[] = [];
  const visit = (index: number, above: Node | null): number[] => {
    if (index < classes) {
      leaves[index] = { members: [index], weight: sOfAllAbove(above) };
      return [index];
    }
    const merge = merges[index - classes]!;
    const kept = above === null || merges[above.merge]!.height - merge.height >= SAME_HEIGHT;
    const node = kept ? { merge: index - classes, above } : above;
    const members = [...visit(merge.left, node), ...visit(merge.right, node)].sort((a, b) => a - b);
    if (kept) inner.push({ members, weight: (1 - s(node)) * sOfAllAbove(above), merge: node.merge });
    return members;
  };
  visit(classes + merges.length - 1, null);

  inner.sort((a, b) => a.merge - b.merge);
  return { classes, merges, groups: [...leaves, ...inner.map(({ members, weight }) => ({ members, weight }))] };
}

/** Merges from the nearest pair up; of pairs that are equally near, the one with the lowest indices goes first. */
function averageLinkage({ classes, correlation }: ClassStructure): Merge[] {
  const distance = correlation.map((r) => Math.max(0, 1 - r));
  // Row i of the distances is that of cluster i, until it is merged into one of a lower row.
  let clusters = Array.from({ length: classes }, (_, i) => ({ row: i, node: i, size: 1 }));
  const merges: { left: number; right: number; height: number }[] = [];
  while (clusters.length > 1) {
    let best = { a: clusters[0]!, b: clusters[1]!, height: Infinity };
    for (const [j, b] of clusters.entries()) {
      for (let i = 0; i < j; i++) {
        const a = clusters[i]!;
        const height = distance[a.row * classes + b.row]!;
        if (height < best.height) best = { a, b, height };
      }
    }
    const { a, b } = best;
    for (const { row } of clusters) {
      if (row === a.row || row === b.row) continue;
      const mean = (a.size * distance[a.row * classes + row]! + b.size * distance[b.row * classes + row]!) / (a.size + b.size);
      distance[a.row * classes + row] = distance[row * classes + a.row] = mean;
    }
    // Average linkage never merges below what it merged before, but for rounding.
    const height = Math.max(best.height, merges.at(-1)?.height ?? 0);
    merges.push({ left: Math.min(a.node, b.node), right: Math.max(a.node, b.node), height });
    clusters = clusters.filter((cluster) => cluster !== b);
    clusters[clusters.indexOf(a)] = { row: a.row, node: classes + merges.length - 1, size: a.size + b.size };
  }
  const tallest = merges.at(-1)?.height ?? 0;
  return tallest === 0 ? merges : merges.map((merge) => ({ ...merge, height: merge.height / tallest }));
}
