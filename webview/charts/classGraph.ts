/** The class graph: classes on a circle, an edge as wide as its correlation is large. */
import type { Lasso } from '../../src/shared/report';
import { integer } from '../../src/shared/text';
import { h } from '../dom';
import { themeColor } from '../theme';
import { stepBar } from './bars';
import {
  angleOf,
  byStrength,
  controlPoint,
  describeClass,
  describeEdge,
  edgeAt,
  edgeGrid,
  edgeWidth,
  onCircle,
  type Edge,
  type Point,
} from './circle';
import type { MakePicture } from './classPicture';
import { moveAmong } from './cursor';
import { fitting, fontOf, inked, nameWidth } from './ink';
import { sized } from './layout';

/** Least and greatest radius, in CSS pixels; more where the names need the room. */
const RADIUS = [90, 210] as const;
/** Along the circle for a class. */
const SPACING = 14;
const NODE = 4.5;
const GAP = 8;
/** Above and below the circle for a name that stands level. */
const LINE = 32;
/** How near the pointer has to come to a class. */
const REACH = 12;
/** Names of more classes than this stand like spokes. */
const MOST_LEVEL = 24;

/** What is pointed at: an edge by its place in the order of strength, or a class. */
type Pointed = { edge: number } | { node: number } | null;

export const classGraph: MakePicture = (lasso, point) => {
  let edges: Edge[] = [];
  let pointed: Pointed = null;
  let centre: Point = { x: 0, y: 0 };
  let radius: number = RADIUS[0];

  const canvas = h('canvas', {
    tabindex: 0,
    role: 'application',
    'aria-label':
      'Class graph. Left and right go from edge to edge, the strongest first; up and down from class to class. The numbers are in the table.',
  });
  const place = (node: number) => onCircle(node, lasso().classes.length, radius);

  function go(next: Pointed, byKey: boolean): void {
    pointed = next;
    if (!next) return point(null);
    const { classes } = lasso();
    const said = 'edge' in next ? describeEdge(edges[next.edge]!, classes) : describeClass(next.node, edges, classes);
    const { x, y } = place('edge' in next ? edges[next.edge]!.a : next.node);
    point(said, byKey ? { x: x + centre.x, y: y + centre.y } : undefined);
  }

  function at(x: number, y: number): Pointed {
    const here = { x: x - centre.x, y: y - centre.y };
    const node = lasso().classes.findIndex((_, c) => distance(place(c), here) <= REACH);
    if (node >= 0) return { node };
    const edge = edgeAt(edges, lasso().classes.length, place, here);
    return edge === null ? null : { edge };
  }

  moveAmong(canvas, at, (key) => step(key, pointed, edges.length, lasso().classes.length), go);

  return {
    canvas,
    has: (of) => of.edges.length > 0,
    caption: graphCaption,
    grid: edgeGrid,
    draw(width, plain) {
      const { classes } = lasso();
      const names = nameWidth(canvas, classes, 12, 110);
      const outside = names + NODE + GAP + 4;
      radius = Math.max(Math.min(width / 2 - outside, RADIUS[1]), RADIUS[0], (classes.length * SPACING) / (2 * Math.PI));
      const spokes = classes.length > MOST_LEVEL;
      centre = { x: radius + outside, y: radius + (spokes ? outside : LINE) };
      const context = sized(canvas, 2 * centre.x, 2 * centre.y);
      context.translate(centre.x, centre.y);
      const shown = plain ? null : pointed;
      inked(context, 12);
      for (const [i, edge] of edges.entries()) drawEdge(context, edge, edgeWidth(edge, classes.length), place, emphasis(shown, i, edge));
      context.setLineDash([]);
      const near = (node: number) => !shown || edges.some((edge, i) => emphasis(shown, i, edge) === 1 && [edge.a, edge.b].includes(node));
      for (const [node, name] of classes.entries()) {
        const strong = near(node) || (shown !== null && 'node' in shown && shown.node === node);
        drawNode(context, place(node), strong);
        context.globalAlpha = strong ? 1 : 0.55;
        context.font = fontOf(12, strong && shown !== null);
        drawName(context, fitting(context, name, names), angleOf(node, classes.length), radius, spokes);
      }
      context.globalAlpha = 1;
    },
    reset() {
      edges = byStrength(lasso().edges);
      pointed = null;
    },
  };
};

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);

function graphCaption({ classes, edges, calibration }: Lasso): string {
  const pairs = (classes.length * (classes.length - 1)) / 2;
  const negative = edges.some(({ r }) => r < 0) ? '; dashed lines are of negative ones' : '';
  return (
    `${integer(edges.length)} of ${integer(pairs)} pairs of classes are joined, those whose logits correlate most over ` +
    `${calibration.samples} samples. The wider the line, the larger the correlation${negative}.`
  );
}

function step(key: string, pointed: Pointed, edges: number, classes: number): Pointed {
  if (key === 'ArrowUp' || key === 'ArrowDown') {
    const node = pointed && 'node' in pointed ? pointed.node : null;
    const next = stepBar(key === 'ArrowDown' ? 'ArrowRight' : 'ArrowLeft', node, classes);
    return next === null ? null : { node: next };
  }
  const next = stepBar(key, pointed && 'edge' in pointed ? pointed.edge : null, edges);
  return next === null ? null : { edge: next };
}

/** 1: what is pointed at; 0: all the same; -1: not that. */
function emphasis(pointed: Pointed, i: number, { a, b }: Edge): 1 | 0 | -1 {
  if (!pointed) return 0;
  return ('edge' in pointed ? pointed.edge === i : pointed.node === a || pointed.node === b) ? 1 : -1;
}

function drawEdge(context: CanvasRenderingContext2D, edge: Edge, width: number, place: (node: number) => Point, how: 1 | 0 | -1): void {
  const [from, to] = [place(edge.a), place(edge.b)];
  const bend = controlPoint(from, to);
  context.strokeStyle = themeColor(edge.r < 0 ? '--vscode-charts-orange' : '--vscode-charts-blue', 'CanvasText');
  context.lineWidth = width + (how === 1 ? 1 : 0);
  context.globalAlpha = how === 1 ? 1 : how === 0 ? 0.75 : 0.2;
  context.setLineDash(edge.r < 0 ? [6, 4] : []);
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.quadraticCurveTo(bend.x, bend.y, to.x, to.y);
  context.stroke();
}

function drawNode(context: CanvasRenderingContext2D, { x, y }: Point, strong: boolean): void {
  context.globalAlpha = 1;
  context.beginPath();
  context.arc(x, y, NODE, 0, 2 * Math.PI);
  // A ring of the background sets the node off from its edges.
  context.strokeStyle = themeColor('--vscode-editor-background', 'Canvas');
  context.lineWidth = 3;
  context.stroke();
  context.fillStyle = themeColor(strong ? '--vscode-foreground' : '--vscode-descriptionForeground', 'CanvasText');
  context.fill();
  context.fillStyle = themeColor('--vscode-foreground', 'CanvasText');
}

/** Outside the circle: level, or of many classes like spokes, and never upside down. */
function drawName(context: CanvasRenderingContext2D, name: string, angle: number, radius: number, spokes: boolean): void {
  const out = radius + NODE + GAP;
  const left = angle > Math.PI + 1e-6;
  if (!spokes) {
    const sideways = Math.sin(angle);
    context.textAlign = Math.abs(sideways) < 0.05 ? 'center' : sideways < 0 ? 'right' : 'left';
    // Half a letter's height further above and below.
    context.fillText(name, out * sideways, -(out + 5) * Math.cos(angle));
    return;
  }
  context.save();
  context.rotate(angle - Math.PI / 2 + (left ? Math.PI : 0));
  context.textAlign = left ? 'right' : 'left';
  context.fillText(name, left ? -out : out, 0);
  context.restore();
}
