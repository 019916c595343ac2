/** What is left of each layer: channels where the network has channel layers, connections otherwise. */
import type { TooltipItem } from 'chart.js';
import { percent } from '../../src/shared/report';
import type { RunView } from '../../src/shared/view';
import { integer } from '../../src/shared/text';
import { layerBars } from './bars';
import { figure, fill } from './chartjs';
import type { Chart, ChartApi } from './contract';
import { dataTable } from './dataTable';
import type { Grid } from './cells';
import { exportButtons } from './export';
import { layout } from './layout';

/** Colour and stripes of the bars; transitions have others. */
const [PLAIN, TRANSITION] = [0, 1];

export function mountChannels(container: HTMLElement, view: RunView, api: ChartApi): Chart {
  let name = view.run.id;
  let { unit, bars } = layerBars(view.report?.layers ?? []);

  const chart = figure(
    'What is left of each layer; its numbers are in the table',
    (colours) => {
      const hasTransitions = bars.some(({ transition }) => transition);
      const series = (label: string, transition: boolean, i: number) => ({
        label,
        data: bars.map((bar) => (bar.transition === transition ? (unit === 'channels' ? bar.left : bar.left / (bar.of || 1)) : null)),
        backgroundColor: fill(i, colours),
        borderColor: colours.series[i]!,
        borderWidth: 1,
        maxBarThickness: 60,
      });
      return {
        type: 'bar' as const,
        data: {
          labels: bars.map((bar) => bar.name),
          datasets: [
            series(hasTransitions ? 'Layers of dense blocks' : 'Layers', false, PLAIN),
            ...(hasTransitions ? [series('Transition layers', true, TRANSITION)] : []),
          ],
        },
        options: {
          scales: {
            x: { type: 'category' as const, stacked: true, grid: { display: false }, title: { display: true, text: 'layer' } },
            y: {
              type: 'linear' as const,
              beginAtZero: true,
              title: { display: true, text: unit === 'channels' ? 'channels left' : 'kept fraction' },
              ticks: { callback: (value: string | number) => (unit === 'channels' ? integer(Number(value)) : percent(Number(value), 0)) },
            },
          },
          plugins: {
            legend: { display: hasTransitions },
            tooltip: {
              callbacks: {
                label: (item: TooltipItem<'bar'>) => {
                  const bar = bars[item.dataIndex];
                  return bar ? `${integer(bar.left)} of ${integer(bar.of)} ${unit} left` : '';
                },
              },
            },
          },
        },
      };
    },
    api,
  );

  const grid = (): Grid => ({
    columns: ['layer', `${unit}_left`, `${unit}_before`, 'transition'],
    rows: bars.map((bar) => [bar.name, bar.left, bar.of, bar.transition ? 'yes' : 'no']),
  });
  const table = dataTable('What is left, by layer', grid, api);
  const saves = exportButtons({ what: 'layer chart', name: () => `${name}-layers`, canvas: () => chart.canvas, grid }, api);
  const { element, caption } = layout(container, saves, [chart.element], table.element);

  function show(): void {
    container.hidden = !bars.length;
    caption.textContent =
      unit === 'channels'
        ? 'Channels left in each layer. Transition layers, which join dense blocks, are striped.'
        : 'Fraction of the connections of each layer that are left.';
    if (container.hidden) return;
    chart.refresh();
    table.refresh();
  }
  show();

  return {
    update(next) {
      name = next.run.id;
      ({ unit, bars } = layerBars(next.report?.layers ?? []));
      show();
    },
    dispose() {
      chart.dispose();
      element.remove();
    },
  };
}
