/** The values of the weights that are left, as a histogram by layer. */
import type { Report } from '../../src/shared/report';
import type { RunView } from '../../src/shared/view';
import { integer } from '../../src/shared/text';
import { dropdown } from '../ui';
import { hasWeights, histogramRows, histogramSeries, round } from './bars';
import { figure } from './figure';
import type { Chart, ChartApi } from './contract';
import { dataTable } from './dataTable';
import type { Grid } from './cells';
import { exportButtons } from './export';
import { layout } from './layout';
import { stackedOptions, stackedSeries, stackedTooltip } from './stacked';

type Histogram = Report['weightHistogram'];

/** The value of `All layers`; layers are given by index, since one may bear any name. */
const ALL = 'all';
const NONE: Histogram = { edges: [], layers: [] };

const cutWeights = ({ report }: RunView): boolean => !report?.channels && !report?.inputs;

export function mountWeights(container: HTMLElement, view: RunView, api: ChartApi): Chart {
  let name = view.run.id;
  let histogram = view.report?.weightHistogram ?? NONE;
  /** Of a run that cut weights. */
  let gap = cutWeights(view);
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
          return stackedSeries(series.name, series.counts, i, colours);
        }),
      },
      options: {
        ...stackedOptions({ title: 'weight', ticks: { maxTicksLimit: 13, maxRotation: 0 } }, { title: 'weights left' }),
        // Bins lie side by side, however wide.
        datasets: { bar: { categoryPercentage: 1, barPercentage: 1 } },
        plugins: {
          tooltip: {
            callbacks: stackedTooltip(between, ({ dataset, parsed }) => `${dataset.label}: ${integer(parsed.y ?? 0)}`),
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
      gap = cutWeights(next);
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
