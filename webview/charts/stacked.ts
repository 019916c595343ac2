/** Bars that stand on each other over names: what their charts have in common for chart.js. */
import type { LinearScaleOptions, TooltipItem } from 'chart.js';
import { fill, type Colours } from './figure';

type Ticks = Partial<LinearScaleOptions['ticks']>;

interface Axis {
  title: string;
  ticks?: Ticks;
}

/** A series in the colour and stripes of series `i`; null: no bar. */
export function stackedSeries(label: string, data: (number | null)[], i: number, colours: Colours) {
  const borderColor = colours.series[i % colours.series.length]!;
  return { label, data, backgroundColor: fill(i, colours), borderColor, borderWidth: 1 };
}

/** Names across, values up (whole numbers, unless said otherwise); what lies over a name is pointed at together. Few bars stay slim. */
export function stackedOptions(x: Axis, y: Axis) {
  const title = (text: string) => ({ display: true, text });
  return {
    datasets: { bar: { maxBarThickness: 60 } },
    interaction: { mode: 'index' as const, intersect: false },
    scales: {
      x: { type: 'category' as const, stacked: true, grid: { display: false }, title: title(x.title), ticks: x.ticks ?? {} },
      y: { type: 'linear' as const, stacked: true, title: title(y.title), ticks: y.ticks ?? { precision: 0 } },
    },
  };
}

/** What the tooltip says: above, of the bar at an index; below, a line for each series. */
export function stackedTooltip(heading: (bar: number) => string, line: (item: TooltipItem<'bar'>) => string) {
  return { title: ([first]: TooltipItem<'bar'>[]) => (first ? heading(first.dataIndex) : ''), label: line };
}
