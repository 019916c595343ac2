/** The class tree: names down the side, merges across by their height. */
import { h } from '../dom';
import { themeColor } from '../theme';
import { stepBar } from './bars';
import type { MakePicture } from './classPicture';
import { moveAmong } from './cursor';
import { branchAt, dendrogram, describeMerge, treeGrid, type Branch, type Dendrogram } from './dendrogram';
import { fitting, fontOf, inked, nameWidth } from './ink';
import { sized } from './layout';

/** Widest, so that short trees are not torn apart. */
const MOST = 900;
/** Room for the axis above (and below) the tree, and right of it for the dot of the last merge. */
const AXIS = 26;
const RIGHT = 24;
const GAP = 10;
/** Height of a class; of many less. */
const rowHeight = (classes: number): number => (classes > 40 ? 15 : 22);
const fontSize = (classes: number): number => (classes > 40 ? 11 : 12);

export const classTree: MakePicture = (lasso, point) => {
  let drawing: Dendrogram = { leaves: [], branches: [] };
  let cursor: number | null = null;
  /** Where the tree lies on the canvas: its first row, its axis. */
  let place = { left: 0, wide: 1, tall: 1 };

  const canvas = h('canvas', {
    tabindex: 0,
    role: 'application',
    'aria-label': 'Class tree. Arrow keys go from merge to merge, the lowest first; the numbers are in the table.',
  });

  function go(next: number | null, byKey: boolean): void {
    cursor = next;
    const branch = next === null ? undefined : drawing.branches[next];
    if (!branch) return point(null);
    const at = { x: place.left + branch.x * place.wide, y: AXIS + (branch.y + 0.5) * place.tall };
    point(describeMerge(branch, lasso().classes), byKey ? at : undefined);
  }

  function at(x: number, y: number): number | null {
    const { left, wide, tall } = place;
    return branchAt(drawing.branches, x - left, y - AXIS - tall / 2, wide, tall);
  }

  moveAmong(canvas, at, (key) => stepBar(key, cursor, drawing.branches.length), go);

  return {
    canvas,
    has: ({ tree }) => tree.length > 0,
    caption: ({ calibration }) =>
      `Classes merge where their logits correlate, over ${calibration.samples} samples: the lower, the more alike they are. ` +
      'A dot is a group of classes that the penalty keeps or empties together; the larger it is, the more the group weighs.',
    grid: treeGrid,
    draw(width, plain) {
      const { classes } = lasso();
      const size = fontSize(classes.length);
      const names = nameWidth(canvas, classes, size);
      const tall = rowHeight(classes.length);
      place = { left: names + GAP, wide: Math.max(Math.min(width, MOST) - names - GAP - RIGHT, 120), tall };
      const marked = plain || cursor === null ? null : drawing.branches[cursor]!;
      const context = sized(canvas, place.left + place.wide + RIGHT, classes.length * tall + 2 * AXIS);
      context.translate(0, AXIS);
      inked(context, size);
      context.textAlign = 'right';
      for (const [row, leaf] of drawing.leaves.entries()) {
        const inside = marked?.members.includes(leaf);
        context.font = fontOf(size, inside);
        context.globalAlpha = marked && !inside ? 0.55 : 1;
        context.fillText(fitting(context, classes[leaf]!, names), names, (row + 0.5) * tall);
      }
      context.globalAlpha = 1;
      context.translate(place.left, 0);
      axis(context, place.wide, classes.length * tall, size);
      context.translate(0, tall / 2);
      branches(context, drawing.branches, marked, place.wide, tall);
    },
    reset() {
      drawing = dendrogram(lasso());
      cursor = null;
    },
  };
};

/** Heights above and below the tree, with faint lines between them. */
function axis(context: CanvasRenderingContext2D, wide: number, tall: number, size: number): void {
  context.font = fontOf(size);
  context.textAlign = 'center';
  for (const tick of [0, 0.2, 0.4, 0.6, 0.8, 1]) {
    const x = Math.round(tick * wide);
    context.globalAlpha = 0.2;
    context.fillRect(x, -4, 1, tall + 8);
    context.globalAlpha = 1;
    for (const y of [-AXIS / 2 - 1, tall + AXIS / 2 + 1]) context.fillText(String(tick), x, y);
  }
}

function branches(context: CanvasRenderingContext2D, all: readonly Branch[], marked: Branch | null, wide: number, tall: number): void {
  const blue = themeColor('--vscode-charts-blue', 'CanvasText');
  const within = ({ members }: Branch) => marked !== null && members.every((c) => marked.members.includes(c));
  const last = all.at(-1);
  for (const branch of all) {
    const { x, top, bottom, topX, bottomX, y } = branch;
    context.lineWidth = within(branch) ? 3 : 1.5;
    context.globalAlpha = marked && !within(branch) ? 0.55 : 1;
    context.beginPath();
    context.moveTo(topX * wide, top * tall);
    context.lineTo(x * wide, top * tall);
    context.lineTo(x * wide, bottom * tall);
    context.lineTo(bottomX * wide, bottom * tall);
    context.stroke();
    if (branch === last) {
      context.beginPath();
      context.moveTo(x * wide, y * tall);
      context.lineTo(x * wide + 14, y * tall);
      context.stroke();
    }
  }
  for (const branch of all) {
    const { x, y, weight } = branch;
    context.globalAlpha = marked && !within(branch) ? 0.55 : 1;
    context.fillStyle = blue;
    context.beginPath();
    // The weight is the dot's area.
    context.arc(x * wide, y * tall, 1.5 + 7 * Math.sqrt(weight), 0, 2 * Math.PI);
    context.fill();
    if (branch === marked) context.stroke();
  }
  context.globalAlpha = 1;
}
