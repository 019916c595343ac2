/** Charts of chart.js in the editor's colours. */
import type { Chart, ChartConfiguration, ChartOptions, ChartType } from 'chart.js';
import { h } from '../dom';
import { themeColor } from '../theme';
import type { ChartApi, Disposable } from './contract';
import { parseColour } from './palette';

export interface Colours {
  foreground: string;
  background: string;
  /** Of grid lines. */
  lines: string;
  /** Of series, told apart by dashes, point shapes or patterns as well. */
  series: string[];
}

const SERIES = ['blue', 'orange', 'green', 'purple', 'red', 'yellow'] as const;
/** Beside `SERIES`: dashes of lines and shapes of points, in the same order. */
export const DASHES: readonly number[][] = [[], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [1, 4]];
export const POINTS = ['circle', 'triangle', 'rect', 'rectRot', 'star', 'crossRot'] as const;

export function readColours(): Colours {
  const foreground = themeColor('--vscode-foreground', 'CanvasText');
  return {
    foreground,
    background: themeColor('--vscode-editor-background', 'Canvas'),
    lines: faint(themeColor('--vscode-charts-lines', foreground)),
    series: SERIES.map((name) => themeColor(`--vscode-charts-${name}`, foreground)),
  };
}

/** Grid lines stand behind the values. */
function faint(colour: string): string {
  const rgb = parseColour(colour);
  return rgb ? `rgba(${rgb.join(', ')}, 0.2)` : colour;
}

const STRIPES = [null, [1, 1], [1, -1], [1, 0], [0, 1], null] as const;

/** A fill in the colour of series `i`, striped in its own direction, so that neighbours in a stack differ without colour. */
export function fill(i: number, colours: Colours): string | CanvasPattern {
  const colour = colours.series[i % colours.series.length]!;
  const stripe = STRIPES[i % STRIPES.length];
  if (!stripe) return colour;
  const side = 8;
  const tile = h('canvas', { width: side, height: side });
  const context = tile.getContext('2d')!;
  context.fillStyle = colour;
  context.fillRect(0, 0, side, side);
  context.strokeStyle = colours.background;
  context.lineWidth = 1.5;
  const [dx, dy] = stripe;
  // Drawn beyond the tile on both sides, so that tiles join.
  for (const shift of [-side, 0, side]) {
    const [x, y] = dx === 0 ? [side / 2, shift] : [shift, dy === 0 ? side / 2 : dy > 0 ? 0 : side];
    context.moveTo(x - dx * side, y - dy * side);
    context.lineTo(x + dx * 2 * side, y + dy * 2 * side);
  }
  context.stroke();
  return context.createPattern(tile, 'repeat') ?? colour;
}

export interface Figure extends Disposable {
  canvas: HTMLCanvasElement;
  /** The canvas in a box that gives it its size. */
  element: HTMLElement;
  /** Draws anew, with what `configure` says now. */
  refresh(): void;
  /** The canvas, once it is drawn. */
  picture: () => Promise<HTMLCanvasElement>;
  /** Marks the bars (or points) at an index and shows what is said of them; null: none. */
  point: (index: number | null) => void;
}

type Library = Promise<{ Chart: typeof Chart }>;
let library: Library | null = null;

/** After the next frame: what stands above the charts is shown without them. */
function chartjs(): Library {
  return (library ??= new Promise(requestAnimationFrame).then(() => import('./chartjs')));
}

/** A chart that keeps the theme's colours. `configure` is asked again at each refresh and change of theme. */
export function figure<T extends ChartType>(label: string, configure: (colours: Colours) => ChartConfiguration<T>, api: ChartApi): Figure {
  const canvas = h('canvas', { role: 'img', 'aria-label': label });
  const element = h('div', { class: 'chart-box' }, canvas);
  let chart: Chart<T> | null = null;
  let drawn: Promise<void> | null = null;
  let disposed = false;
  const draw = async () => {
    const { Chart } = await chartjs();
    if (disposed) return;
    const colours = readColours();
    Chart.defaults.color = colours.foreground;
    Chart.defaults.borderColor = colours.lines;
    Chart.defaults.font.family = themeColor('--vscode-font-family', 'sans-serif');
    const config = still(configure(colours));
    if (!chart) {
      chart = new Chart(canvas, config);
      return;
    }
    chart.data = config.data;
    if (config.options) chart.options = config.options;
    chart.update('none');
  };
  const refresh = () => void (drawn = draw());
  const theme = api.onTheme(refresh);
  return {
    canvas,
    element,
    refresh,
    async picture() {
      await drawn;
      return canvas;
    },
    point(index) {
      // A series without a value there has no bar to mark.
      const active = (chart?.data.datasets ?? []).flatMap((set, datasetIndex) =>
        index !== null && typeof set.data[index] === 'number' ? [{ datasetIndex, index }] : [],
      );
      chart?.setActiveElements(active);
      chart?.tooltip?.setActiveElements(active, { x: 0, y: 0 });
      chart?.update('none');
    },
    dispose() {
      disposed = true;
      theme.dispose();
      chart?.destroy();
    },
  };
}

/** Charts stand still: values that glide to their place tell nothing, and during a run they would never rest. */
function still<T extends ChartType>(config: ChartConfiguration<T>): ChartConfiguration<T> {
  const options = { animation: false, responsive: true, maintainAspectRatio: false, ...config.options } as ChartOptions<T>;
  return { ...config, options };
}
