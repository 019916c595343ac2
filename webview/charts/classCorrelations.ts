/** Correlations of the classes' logits as a square of cells; where there is a tree, classes lie in its order. */
import type { Lasso } from '../../src/shared/report';
import { h } from '../dom';
import { minus } from '../format';
import { themeColor } from '../theme';
import type { Grid } from './cells';
import type { MakePicture } from './classPicture';
import { drawCursor, moveCursor } from './cursor';
import { leafOrder } from './dendrogram';
import { cellSide, type GridCell } from './grid';
import { colourBar, fitting, fontOf, inked, nameWidth } from './ink';
import { sized } from './layout';
import { css, diverging, groundOf, luma, parseColour } from './palette';

/** Least and greatest side of a cell, in CSS pixels. */
const SIDE = [9, 38] as const;
/** Cells of at least this side have their number in them. */
const NUMBERED = 30;
const GAP = 8;
/** The legend, in CSS pixels: its gap to the picture, its bar, and room for its numbers. */
const LEGEND = { gap: 20, bar: 14, text: 40 };
const MARGIN = 6;

export const classCorrelations: MakePicture = (lasso, point) => {
  let order: number[] = [];
  let cursor: GridCell | null = null;
  let side: number = SIDE[0];
  let corner = 0;

  const canvas = h('canvas', {
    tabindex: 0,
    role: 'application',
    'aria-label': 'Correlations of the classes. Arrow keys move from pair to pair; the numbers are in the table.',
  });

  moveCursor(
    canvas,
    () => ({ size: { width: order.length, height: order.length }, cursor, side, left: corner, top: corner }),
    (next, byKey) => {
      cursor = next;
      if (!next) return point(null);
      const at = { x: corner + (next.column + 0.5) * side, y: corner + (next.row + 0.5) * side };
      point(describeCorrelation(order[next.row]!, order[next.column]!, lasso()), byKey ? at : undefined);
    },
  );

  return {
    canvas,
    has: ({ correlation }) => correlation.length > 0,
    caption: ({ tree, calibration }) =>
      `Correlation of the classes' logits over ${calibration.samples} samples: blue above zero, orange below.` +
      (tree.length ? ' Classes are in the order of the tree.' : ''),
    grid: correlationGrid,
    draw(width, plain) {
      const { classes, correlation } = lasso();
      const names = nameWidth(canvas, classes, classes.length > 40 ? SIDE[0] : 12);
      corner = names + GAP;
      side = cellSide(width - corner - LEGEND.gap - LEGEND.bar - LEGEND.text, classes.length, SIDE);
      const font = Math.min(12, side);
      const all = side * order.length;
      const context = sized(canvas, corner + all + LEGEND.gap + LEGEND.bar + LEGEND.text, corner + all + MARGIN);
      inked(context, font);
      const ground = groundOf(parseColour(themeColor('--vscode-editor-background', '')));
      for (const [i, c] of order.entries()) {
        const name = fitting(context, classes[c]!, names);
        context.textAlign = 'right';
        context.fillText(name, names, corner + (i + 0.5) * side);
        context.save();
        context.translate(corner + (i + 0.5) * side, names);
        context.rotate(-Math.PI / 2);
        context.textAlign = 'left';
        context.fillText(name, 0, 0);
        context.restore();
      }
      context.translate(corner, corner);
      context.textAlign = 'center';
      context.font = fontOf(Math.min(11, side / 3));
      for (const [row, a] of order.entries()) {
        for (const [column, b] of order.entries()) {
          const r = correlation[a]?.[b] ?? 0;
          const colour = diverging(r, ground);
          context.fillStyle = css(colour);
          context.fillRect(column * side, row * side, side, side);
          if (side < NUMBERED) continue;
          context.fillStyle = luma(colour) < 128 ? 'white' : 'black';
          context.fillText(minus(r.toFixed(2)), (column + 0.5) * side, (row + 0.5) * side);
        }
      }
      context.strokeRect(-0.5, -0.5, all + 1, all + 1);
      legend(context, all + LEGEND.gap, Math.max(all, 80), (t) => css(diverging(t, ground)));
      if (cursor && !plain) drawCursor(context, cursor, side);
    },
    reset() {
      order = leafOrder(lasso());
      cursor = null;
    },
  };
};

/** From -1 below to 1 above. It is part of the canvas, so that it is in the saved picture. */
function legend(context: CanvasRenderingContext2D, x: number, tall: number, colour: (t: number) => string): void {
  const height = Math.min(tall, 240);
  colourBar(context, { x, top: 0, wide: LEGEND.bar, length: height }, (y) => colour(1 - (2 * y) / (height - 1)));
  context.font = fontOf(12);
  context.textAlign = 'left';
  for (const tick of [1, 0.5, 0, -0.5, -1]) {
    const y = ((1 - tick) / 2) * height;
    context.fillRect(x + LEGEND.bar, Math.round(y), 4, 1);
    context.fillText(minus(String(tick)), x + LEGEND.bar + 7, y);
  }
}

/** `cat and dog: 0.71`. */
function describeCorrelation(a: number, b: number, { classes, correlation }: Lasso): string {
  return a === b ? `${classes[a]}: 1 with itself` : `${classes[a]} and ${classes[b]}: ${minus((correlation[a]?.[b] ?? 0).toFixed(3))}`;
}

function correlationGrid(of: Lasso): Grid {
  const order = leafOrder(of);
  return {
    columns: ['class', ...order.map((c) => of.classes[c]!)],
    rows: order.map((a) => [of.classes[a]!, ...order.map((b) => of.correlation[a]?.[b] ?? null)]),
  };
}
