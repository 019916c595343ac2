/** chart.js with the parts in use, in the editor's colours. */
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  ScatterController,
  Tooltip,
  type ChartConfiguration,
  type ChartOptions,
  type ChartType,
} from 'chart.js';
import { h } from '../dom';
import { themeColor } from '../theme';
import type { ChartApi, Disposable } from './contract';
import { parseColour } from './palette';

Chart.register(
  BarController,
  BarElement,
  CategoryScale,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  ScatterController,
  Tooltip,
);

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
}

/** A chart that keeps the theme's colours. `configure` is asked again at each refresh and change of theme. */
export function figure<T extends ChartType>(label: string, configure: (colours: Colours) => ChartConfiguration<T>, api: ChartApi): Figure {
  const canvas = h('canvas', { role: 'img', 'aria-label': label });
  const element = h('div', { class: 'chart-box' }, canvas);
  const configured = () => {
    const colours = readColours();
    Chart.defaults.color = colours.foreground;
    Chart.defaults.borderColor = colours.lines;
    Chart.defaults.font.family = themeColor('--vscode-font-family', 'sans-serif');
    return still(configure(colours));
  };
  let chart: Chart<T> | null = null;
  const refresh = () => {
    const config = configured();
    if (!chart) {
      chart = new Chart(canvas, config);
      return;
    }
    chart.data = config.data;
    if (config.options) chart.options = config.options;
    chart.update('none');
  };
  const theme = api.onTheme(refresh);
  return {
    canvas,
    element,
    refresh,
    dispose() {
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
