/** The class tree as a drawing: leaves down the side in an order in which no two branches cross, merges across by their height. */
import type { Lasso } from '../../src/shared/report';
import type { Grid } from './cells';

type Tree = Pick<Lasso, 'classes' | 'tree'>;

/** A merge: at `x` of 0 to 1 (its height) it joins two branches, of which each begins at the `x` of what it is. */
export interface Branch {
  x: number;
  /** In rows of leaves, counted from the middle of the first. */
  top: number;
  bottom: number;
  /** Where the branches begin: the heights of what is merged; 0 for a class. */
  topX: number;
  bottomX: number;
  /** Where its own branch to the right leaves. */
  y: number;
  /** The classes below it, in the order of the leaves. */
  members: number[];
  weight: number;
}

export interface Dendrogram {
  /** Classes from the top down. */
  leaves: number[];
  /** In the order of the merges. */
  branches: Branch[];
}

/** Classes below a node: an index below their number is a class, n + i the i-th merge. */
function members({ classes, tree }: Tree): number[][] {
  const below = classes.map((_, c) => [c]);
  for (const { left, right } of tree) below.push([...below[left]!, ...below[right]!]);
  return below;
}

/** Each merge's classes lie together, so that no branches cross. What nothing merges comes one after the other. */
export function leafOrder(of: Tree): number[] {
  const below = members(of);
  const merged = new Set(of.tree.flatMap(({ left, right }) => [left, right]));
  return below.flatMap((each, node) => (merged.has(node) ? [] : each));
}

export function dendrogram(of: Tree): Dendrogram {
  const leaves = leafOrder(of);
  const row = new Map(leaves.map((leaf, i) => [leaf, i]));
  const below = members(of);
  const places: { x: number; y: number }[] = of.classes.map((_, c) => ({ x: 0, y: row.get(c)! }));
  const branches = of.tree.map(({ left, right, height, weight }, i): Branch => {
    const [top, bottom] = [places[left]!, places[right]!].sort((a, b) => a.y - b.y) as [{ x: number; y: number }, { x: number; y: number }];
    const y = (top.y + bottom.y) / 2;
    places.push({ x: height, y });
    const classes = below[of.classes.length + i]!;
    return { x: height, top: top.y, bottom: bottom.y, topX: top.x, bottomX: bottom.x, y, members: classes, weight };
  });
  return { leaves, branches };
}

/** How far a point lies from a branch, in pixels: `wide` is the length of the axis, `tall` the height of a row. */
function distance({ x, top, bottom, topX, bottomX }: Branch, px: number, py: number, wide: number, tall: number): number {
  const outside = (at: number, low: number, high: number) => Math.max(low - at, at - high, 0);
  return Math.min(
    Math.hypot(px - x * wide, outside(py, top * tall, bottom * tall)),
    Math.hypot(py - top * tall, outside(px, topX * wide, x * wide)),
    Math.hypot(py - bottom * tall, outside(px, bottomX * wide, x * wide)),
  );
}

/** The branch nearest to a point, at most `reach` pixels away; null where there is none. */
export function branchAt(branches: readonly Branch[], px: number, py: number, wide: number, tall: number, reach = 8): number | null {
  let best: number | null = null;
  let least = Infinity;
  for (const [i, branch] of branches.entries()) {
    const far = distance(branch, px, py, wide, tall);
    // Where a merge ends the one above begins: it is the former's dot.
    if (far <= reach && far < least) [best, least] = [i, far];
  }
  return best;
}

/** More classes than this are counted, not listed. */
const MOST_LISTED = 6;

export function namesOf(members: readonly number[], classes: readonly string[]): string {
  const names = members.slice(0, MOST_LISTED).map((c) => classes[c]!);
  const rest = members.length - names.length;
  return names.join(', ') + (rest ? ` and ${rest} more` : '');
}

/** `cat, dog: merge at height 0.28, weight 0.061`. */
export function describeMerge({ members, x, weight }: Branch, classes: readonly string[]): string {
  return `${namesOf(members, classes)}: merge at height ${x.toFixed(2)}, weight ${weight.toFixed(3)}`;
}

/** A line a merge, from the lowest up. */
export function treeGrid(of: Tree): Grid {
  return {
    columns: ['merge', 'height', 'weight', 'classes'],
    rows: dendrogram(of).branches.map(({ x, weight, members }, i) => [i + 1, x, weight, members.map((c) => of.classes[c]!).join(' ')]),
  };
}
