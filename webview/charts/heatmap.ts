/** How many first-layer connections each input pixel keeps, as a picture of the input. */
import { largest } from '../../src/shared/lists';
import type { Report } from '../../src/shared/report';
import type { RunView } from '../../src/shared/view';
import { h } from '../dom';
import { dropdown } from '../ui';
import type { Chart, ChartApi } from './contract';
import { drawCursor, moveCursor } from './cursor';
import { dataTable } from './dataTable';
import type { Grid } from './cells';
import { exportButtons } from './export';
import { cellSide, describeCell, pictureGrid, type GridCell } from './grid';
import { colourBar, inked } from './ink';
import { layout, oncePerFrame, sized, statusLine, watched } from './layout';
import { css, viridis } from './palette';
import { countTicks, share, type ScaleKind } from './scale';

type Heatmap = NonNullable<Report['heatmap']>;

/** Least and greatest side of a cell, in CSS pixels. */
const SIDE = [4, 16] as const;
/** Of the legend, in CSS pixels: its gap to the picture, its bar, and room for its numbers. */
const LEGEND = { gap: 16, bar: 14, text: 48 };
/** Room above and below the picture, so that the legend's outer numbers are not cut off. */
const MARGIN = 6;

const EMPTY: Heatmap = { width: 0, height: 0, counts: [], mask: { file: '', rows: 0, cols: 0 } };

export function mountHeatmap(container: HTMLElement, view: RunView, api: ChartApi): Chart {
  let name = view.run.id;
  let map = view.report?.heatmap ?? EMPTY;
  let kind: ScaleKind = 'linear';
  let cursor: GridCell | null = null;
  let side: number = SIDE[0];

  const canvas = h('canvas', {
    class: 'heatmap',
    tabindex: 0,
    role: 'application',
    'aria-label': 'First-layer connections by input pixel. Arrow keys move from pixel to pixel.',
  });
  const status = statusLine();
  const scale = dropdown(
    'Scale of the connection heatmap',
    [
      { value: 'linear', text: 'Linear scale' },
      { value: 'log', text: 'Log scale' },
    ],
    kind,
    (value) => {
      kind = value === 'log' ? 'log' : 'linear';
      drawing.ask();
    },
  );
  const table = dataTable('Connections left by input pixel: rows and columns of the image', () => pictureGrid(map, map.counts), api);
  const saves = exportButtons({ what: 'heatmap', name: () => `${name}-heatmap`, canvas: plain, grid: () => long(map) }, api);
  const { element, caption } = layout(container, [scale, ...saves], [h('div', { class: 'canvas-box' }, canvas), status], table.element);

  const drawing = oncePerFrame(() => {
    if (!map.counts.length) return;
    side = cellSide(element.clientWidth - LEGEND.gap - LEGEND.bar - LEGEND.text, map.width, SIDE);
    draw(canvas, map, kind, side, cursor);
  });

  function point(next: GridCell | null): void {
    cursor = next;
    status.textContent = next
      ? describeCell(next, map.counts[next.row * map.width + next.column] ?? 0)
      : 'Point at a pixel, or move with the arrow keys.';
    drawing.ask();
  }

  /** The picture without the cursor. */
  function plain(): HTMLCanvasElement {
    draw(canvas, map, kind, side, null);
    drawing.ask();
    return canvas;
  }

  function show(): void {
    container.hidden = !map.counts.length;
    caption.textContent =
      `Connections of the first layer that are left, by input pixel: from ${map.counts.reduce((a, b) => Math.min(a, b), Infinity)} to ${largest(map.counts)} ` +
      `of ${map.mask.cols} each. Dark is few, light is many.`;
    point(null);
    table.refresh();
  }

  moveCursor(canvas, () => ({ size: map, cursor, side, left: 0, top: MARGIN }), point);
  const watch = watched(element, api, drawing.ask);
  show();

  return {
    update(next) {
      name = next.run.id;
      map = next.report?.heatmap ?? EMPTY;
      show();
    },
    dispose() {
      watch.dispose();
      drawing.dispose();
      element.remove();
    },
  };
}

function draw(canvas: HTMLCanvasElement, map: Heatmap, kind: ScaleKind, side: number, cursor: GridCell | null): void {
  const { width, height, counts } = map;
  const [wide, tall] = [width * side, height * side];
  const context = sized(canvas, wide + LEGEND.gap + LEGEND.bar + LEGEND.text, tall + 2 * MARGIN);
  context.translate(0, MARGIN);
  const most = largest(counts);
  counts.forEach((count, i) => {
    context.fillStyle = css(viridis(share(count, most, kind)));
    context.fillRect((i % width) * side, Math.floor(i / width) * side, side, side);
  });

  // The legend is part of the canvas, so that it is in the saved picture.
  const x = wide + LEGEND.gap;
  inked(context, 12);
  colourBar(context, { x, top: 0, wide: LEGEND.bar, length: tall }, (y) => css(viridis(1 - y / (tall - 1))));
  for (const tick of countTicks(most, 5, kind)) {
    const y = (1 - share(tick, most, kind)) * tall;
    context.fillRect(x + LEGEND.bar, Math.round(y), 4, 1);
    context.fillText(String(tick), x + LEGEND.bar + 7, y);
  }

  if (cursor) drawCursor(context, cursor, side);
}

/** A line a pixel. */
function long({ width, counts }: Heatmap): Grid {
  return {
    columns: ['row', 'column', 'connections'],
    rows: counts.map((count, i) => [Math.floor(i / width) + 1, (i % width) + 1, count]),
  };
}
