/** The class graph as a drawing: classes on a circle, from the top clockwise, and edges as curves between them. */
import type { Lasso } from '../../src/shared/report';
import { minus } from '../format';
import type { Grid } from './cells';

export type Edge = Lasso['edges'][number];

export interface Point {
  x: number;
  y: number;
}

/** The angle of place `i` of `count`, in radians from the top clockwise. */
export const angleOf = (i: number, count: number): number => (2 * Math.PI * i) / count;

/** Place `i` of `count` on a circle of that radius around the origin, y downwards. */
export function onCircle(i: number, count: number, radius: number): Point {
  const angle = angleOf(i, count);
  return { x: radius * Math.sin(angle), y: -radius * Math.cos(angle) };
}

/** How far the middle of a curve is drawn to the circle's centre, of the way there. */
const BEND = 0.6;

/** The point that a quadratic curve between two points of the circle is bent towards. */
export const controlPoint = (from: Point, to: Point): Point => ({
  x: ((from.x + to.x) / 2) * (1 - BEND),
  y: ((from.y + to.y) / 2) * (1 - BEND),
});

/** The point at `t` of 0 to 1 of the curve. */
export function onCurve(from: Point, to: Point, t: number): Point {
  const bend = controlPoint(from, to);
  const mix = (a: number, b: number, c: number) => (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t ** 2 * c;
  return { x: mix(from.x, bend.x, to.x), y: mix(from.y, bend.y, to.y) };
}

/** Width of an edge among so many classes, in CSS pixels: in proportion to its correlation, whatever its sign; finer where classes lie close. */
export const edgeWidth = ({ r }: Edge, classes: number): number => Math.min(7, Math.max(2, 200 / classes)) * Math.abs(r);

/** Straight pieces that a curve is measured by. */
const PIECES = 24;

/** The edge whose curve is nearest to a point, at most `reach` pixels from its border; null where there is none. */
export function edgeAt(edges: readonly Edge[], classes: number, place: (node: number) => Point, { x, y }: Point, reach = 5): number | null {
  let best: number | null = null;
  let least = reach;
  for (const [i, edge] of edges.entries()) {
    const [from, to] = [place(edge.a), place(edge.b)];
    for (let piece = 0; piece < PIECES; piece++) {
      const far =
        toPiece({ x, y }, onCurve(from, to, piece / PIECES), onCurve(from, to, (piece + 1) / PIECES)) - edgeWidth(edge, classes) / 2;
      if (far <= least) [best, least] = [i, far];
    }
  }
  return best;
}

/** Distance of a point from a straight piece. */
function toPiece(point: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const square = dx * dx + dy * dy;
  const t = square === 0 ? 0 : Math.min(Math.max(((point.x - from.x) * dx + (point.y - from.y) * dy) / square, 0), 1);
  return Math.hypot(point.x - from.x - t * dx, point.y - from.y - t * dy);
}

/** Strongest first; of those that are equal, in the order of the classes. */
export function byStrength(edges: readonly Edge[]): Edge[] {
  return [...edges].sort((p, q) => Math.abs(q.r) - Math.abs(p.r) || p.a - q.a || p.b - q.b);
}

/** `cat – dog: correlation 0.71`. */
export const describeEdge = ({ a, b, r }: Edge, classes: readonly string[]): string =>
  `${classes[a]} – ${classes[b]}: correlation ${minus(r.toFixed(2))}`;

/** More neighbours than this are counted, not listed. */
const MOST_LISTED = 8;

/** `cat: 2 edges, to dog 0.71, frog 0.37`. */
export function describeClass(c: number, edges: readonly Edge[], classes: readonly string[]): string {
  const own = byStrength(edges.filter(({ a, b }) => a === c || b === c));
  if (!own.length) return `${classes[c]}: no edges`;
  const to = own.slice(0, MOST_LISTED).map(({ a, b, r }) => `${classes[a === c ? b : a]} ${minus(r.toFixed(2))}`);
  const rest = own.length - to.length;
  return `${classes[c]}: ${own.length} ${own.length === 1 ? 'edge' : 'edges'}, to ${to.join(', ')}${rest ? ` and ${rest} more` : ''}`;
}

/** A line an edge, the strongest first. */
export function edgeGrid({ edges, classes }: Pick<Lasso, 'edges' | 'classes'>): Grid {
  return {
    columns: ['class_a', 'class_b', 'correlation'],
    rows: byStrength(edges).map(({ a, b, r }) => [classes[a]!, classes[b]!, r]),
  };
}
