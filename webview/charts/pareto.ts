/** Runs as points: error against kept fraction, with the front that no run beats in both joined. */
import type { TooltipItem } from 'chart.js';
import { commonUnit } from '../../src/shared/left';
import { percent } from '../../src/shared/report';
import type { CompareView } from '../../src/shared/view';
import { checkbox } from '../ui';
import { DASHES, figure, type Colours } from './figure';
import type { ChartApi, Disposable } from './contract';
import { dataTable } from './dataTable';
import type { Grid } from './cells';
import { exportButtons } from './export';
import { layout } from './layout';
import { fractionTick, limits } from './scale';

type Point = CompareView['points'][number];

export interface ParetoChart extends Disposable {
  update(points: readonly Point[]): void;
}

export function mountPareto(container: HTMLElement, first: readonly Point[], api: ChartApi): ParetoChart {
  let points = first;
  const ratio = () => Math.max(...points.map(({ keep }) => keep)) / Math.min(...points.map(({ keep }) => keep));
  let log = ratio() > 10;

  const chart = figure('Error against kept fraction; its numbers are in the table', configure, api);
  const grid = (): Grid => ({
    columns: ['run', 'kept_fraction', 'unit', 'error', 'on_front'],
    rows: points.map(({ label, keep, unit, error, front }) => [label, keep, unit, error, front ? 'yes' : 'no']),
  });
  const table = dataTable('Error against kept fraction', grid, api);
  const scale = checkbox('Log scale of the kept fraction', log, (checked) => {
    log = checked;
    chart.refresh();
  });
  const saves = exportButtons({ what: 'error against kept fraction', name: () => 'error-against-kept', canvas: chart.picture, grid }, api);
  const { element, caption } = layout(container, [scale, ...saves], [chart.element], table.element);

  function configure(colours: Colours) {
    const kind = log ? 'log' : 'linear';
    const at = ({ keep, error, label }: Point) => ({ x: keep, y: error, label });
    const front = points.filter((point) => point.front).sort((a, b) => a.keep - b.keep);
    const [blue, orange] = colours.series;
    return {
      type: 'scatter' as const,
      data: {
        datasets: [
          {
            label: 'Pareto front',
            clip: 10,
            data: front.map(at),
            showLine: true,
            borderColor: orange!,
            backgroundColor: orange!,
            borderDash: DASHES[1]!,
            borderWidth: 2,
            pointStyle: 'rectRot' as const,
            pointRadius: 7,
            pointHoverRadius: 9,
          },
          {
            label: 'Other runs',
            clip: 10,
            data: points.filter((point) => !point.front).map(at),
            borderColor: blue!,
            backgroundColor: 'transparent',
            borderWidth: 2,
            pointStyle: 'circle' as const,
            pointRadius: 5,
            pointHoverRadius: 7,
          },
        ],
      },
      options: {
        scales: {
          x: {
            type: log ? ('logarithmic' as const) : ('linear' as const),
            ...limits(
              points.map(({ keep }) => keep),
              kind,
            ),
            title: { display: true, text: commonUnit(points) === 'inputs' ? 'inputs kept' : 'kept fraction' },
            ticks: {
              callback: fractionTick(kind),
              maxRotation: 0,
              autoSkip: !log,
            },
          },
          y: {
            type: 'linear' as const,
            ...limits(
              points.map(({ error }) => error),
              'linear',
            ),
            title: { display: true, text: 'error' },
            ticks: { callback: fractionTick('linear') },
          },
        },
        plugins: {
          legend: { labels: { usePointStyle: true } },
          tooltip: {
            callbacks: {
              label: (item: TooltipItem<'scatter'>) => {
                const { label } = item.raw as ReturnType<typeof at>;
                return `${label}: ${percent(item.parsed.y ?? 0)} error, ${percent(item.parsed.x ?? 0)} kept`;
              },
            },
          },
        },
      },
    };
  }

  function show(): void {
    // One point is no comparison.
    container.hidden = points.length < 2;
    const unit = commonUnit(points);
    const what = unit ?? 'weights, channels or inputs, whichever a run cuts, that is';
    caption.textContent =
      `Error of the last stage against the fraction of ${what} left, a point for each finished run. No other run ` +
      `${unit ? '' : 'that cuts the same '}has both less left and fewer errors than one of the Pareto front.`;
    if (container.hidden) return;
    chart.refresh();
    table.refresh();
  }
  show();

  return {
    update(next) {
      points = next;
      show();
    },
    dispose() {
      chart.dispose();
      element.remove();
    },
  };
}
