/** The values of the weights that are left, as a histogram by layer. */
import type { TooltipItem } from 'chart.js';
import type { Report } from '../../src/shared/report';
import type { RunView } from '../../src/shared/view';
import { integer } from '../../src/shared/text';
import { dropdown } from '../ui';
import { hasWeights, histogramRows, histogramSeries, round } from './bars';
import { figure, fill } from './figure';
import type { Chart, ChartApi } from './contract';
import { dataTable } from './dataTable';
import type { Grid } from './cells';
import { exportButtons } from './export';
import { layout } from './layout';

type Histogram = Report['weightHistogram'];

/** The value of `All layers`; layers are given by index, since one may bear any name. */
const ALL = 'all';
const NONE: Histogram = { edges: [], layers: [] };

export function mountWeights(container: HTMLElement, view: RunView, api: ChartApi): Chart {
  let name = view.run.id;
  let histogram = view.report?.weightHistogram ?? NONE;
  /** Of a run that cut weights. */
  let gap = !view.report?.channels;
  let layer: string | null = null;

  const chart = figure(
    'Histogram of the remaining weights; its numbers are in the table',
    (colours) => ({
      type: 'bar' as const,
      data: {
        labels: histogram.edges.slice(0, -1).map((low, bin) => String(round((low + histogram.edges[bin + 1]!) / 2, 2))),
        datasets: histogramSeries(histogram, layer).map((series) => {
          // A layer keeps its colour and stripes when it is shown alone.
          const i = Math.max(
            0,
            histogram.layers.findIndex((each) => each.name === series.name),
          );
          const colour = colours.series[i % colours.series.length]!;
          return { label: series.name, data: series.counts, backgroundColor: fill(i, colours), borderColor: colour, borderWidth: 1 };
        }),
      },
      options: {
        datasets: { bar: { categoryPercentage: 1, barPercentage: 1 } },
        interaction: { mode: 'index' as const, intersect: false },
        scales: {
          x: {
            type: 'category' as const,
            stacked: true,
            grid: { display: false },
            title: { display: true, text: 'weight' },
            ticks: { maxTicksLimit: 13, maxRotation: 0 },
          },
          y: { type: 'linear' as const, stacked: true, title: { display: true, text: 'weights left' }, ticks: { precision: 0 } },
        },
        plugins: {
          tooltip: {
            callbacks: {
              title: (items: TooltipItem<'bar'>[]) => between(items[0]?.dataIndex ?? 0),
              label: (item: TooltipItem<'bar'>) => `${item.dataset.label}: ${integer(item.parsed.y ?? 0)}`,
            },
          },
        },
      },
    }),
    api,
  );

  const grid = (layers: Histogram['layers']): Grid => ({
    columns: ['weight_from', 'weight_to', ...layers.map((each) => each.name)],
    rows: histogramRows({ ...histogram, layers }),
  });
  const table = dataTable('Remaining weights by value and layer', () => grid(histogramSeries(histogram, layer)), api);
  const saves = exportButtons(
    { what: 'weight histogram', name: () => `${name}-weights`, canvas: chart.picture, grid: () => grid(histogram.layers) },
    api,
  );
  let picker = picked();
  const { element, caption } = layout(container, [picker, ...saves], [chart.element], table.element);

  function between(bin: number): string {
    return `${round(histogram.edges[bin] ?? 0)} to ${round(histogram.edges[bin + 1] ?? 0)}`;
  }

  function picked(): HTMLElement {
    const options = [{ value: ALL, text: 'All layers' }, ...histogram.layers.map((each, i) => ({ value: String(i), text: each.name }))];
    return dropdown('Layer of the weight histogram', options, ALL, (value) => {
      layer = value === ALL ? null : (histogram.layers[Number(value)]?.name ?? null);
      chart.refresh();
      table.refresh();
    });
  }

  function show(): void {
    container.hidden = !hasWeights(histogram);
    caption.textContent = `How many of the weights that are left have a value, by layer.${gap ? ' Pruning by magnitude leaves a gap around zero.' : ''}`;
    if (container.hidden) return;
    chart.refresh();
    table.refresh();
  }
  show();

  return {
    update(next) {
      name = next.run.id;
      histogram = next.report?.weightHistogram ?? NONE;
      gap = !next.report?.channels;
      layer = null;
      const fresh = picked();
      picker.replaceWith(fresh);
      picker = fresh;
      show();
    },
    dispose() {
      chart.dispose();
      element.remove();
    },
  };
}
