/** What selecting inputs saves beyond cutting weights: parameters and multiply-accumulates of three networks, as parts of the dense one. */
import type { Chart as ChartOf, TooltipItem } from 'chart.js';
import { percent } from '../../src/shared/report';
import { savings, type Saving } from '../../src/shared/inputs';
import type { RunView } from '../../src/shared/view';
import { integer } from '../../src/shared/text';
import { short } from '../format';
import { themeColor } from '../theme';
import type { Chart, ChartApi } from './contract';
import { dataTable } from './dataTable';
import { exportButtons } from './export';
import { figure, type Colours } from './figure';
import { QUANTITIES, savingsGrid, shareOfDense } from './inputGrid';
import { fontOf } from './ink';
import { layout } from './layout';
import { stackedSeries, stackedTooltip } from './stacked';
import { walk } from './walk';

const networksOf = ({ report }: RunView): readonly Saving[] => (report && savings(report)) ?? [];
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

export function mountInputSavings(container: HTMLElement, view: RunView, api: ChartApi): Chart {
  let name = view.run.id;
  let networks = networksOf(view);

  const chart = figure('Parameters and multiply-accumulates of three networks', configure, api);
  const keys = walk(
    chart,
    'Parameters and multiply-accumulates, three bars each',
    () => QUANTITIES.length,
    (i) => `${QUANTITIES[i]!.name}: ${networks.map((network, n) => `${network.name} ${said(n, i)}`).join(', ')}`,
  );
  const grid = () => savingsGrid(networks);
  const table = dataTable('Parameters and multiply-accumulates', grid, api);
  const saves = exportButtons({ what: 'parameters and MACs', name: () => `${name}-savings`, canvas: chart.picture, grid }, api);
  const { element, caption } = layout(container, saves, [chart.element, keys.status], table.element);

  function said(network: number, quantity: number): string {
    const { of } = QUANTITIES[quantity]!;
    return `${integer(networks[network]![of])} (${percent(shareOfDense(networks, network, of))})`;
  }

  function configure(colours: Colours) {
    return {
      type: 'bar' as const,
      data: {
        labels: QUANTITIES.map((quantity) => quantity.name),
        datasets: networks.map((network, n) => {
          const data = QUANTITIES.map(({ of }) => shareOfDense(networks, n, of));
          return stackedSeries(capital(network.name), data, n, colours);
        }),
      },
      options: {
        datasets: { bar: { maxBarThickness: 72 } },
        interaction: { mode: 'index' as const, intersect: false },
        scales: {
          x: { type: 'category' as const, grid: { display: false } },
          y: {
            type: 'linear' as const,
            beginAtZero: true,
            // Room for the number over the highest bar.
            grace: '8%',
            title: { display: true, text: 'of the dense network' },
            ticks: { callback: (value: string | number) => (Number(value) > 1 ? null : percent(Number(value), 0)) },
          },
        },
        plugins: {
          tooltip: {
            callbacks: stackedTooltip(
              (i) => QUANTITIES[i]?.name ?? '',
              ({ datasetIndex, dataIndex, dataset }: TooltipItem<'bar'>) =>
                networks[datasetIndex] ? `${dataset.label}: ${said(datasetIndex, dataIndex)}` : '',
            ),
          },
        },
      },
      plugins: [{ id: 'numbers', afterDatasetsDraw: numbers }],
    };
  }

  /** Over each bar what it counts. */
  function numbers(drawn: ChartOf): void {
    const { ctx } = drawn;
    ctx.save();
    ctx.fillStyle = themeColor('--vscode-foreground', 'CanvasText');
    ctx.font = fontOf(12);
    ctx.textAlign = 'center';
    networks.forEach((network, n) => {
      if (!drawn.isDatasetVisible(n)) return;
      drawn.getDatasetMeta(n).data.forEach(({ x, y }, i) => ctx.fillText(short(network[QUANTITIES[i]!.of]), x, y - 6));
    });
    ctx.restore();
  }

  function show(): void {
    container.hidden = !networks.length;
    caption.textContent =
      'The dense network, the same without the weights that were cut, and also without the inputs that nothing reads, as parts of the dense one.';
    keys.reset();
    if (container.hidden) return;
    chart.refresh();
    table.refresh();
  }
  show();

  return {
    update(next) {
      name = next.run.id;
      networks = networksOf(next);
      show();
    },
    dispose() {
      chart.dispose();
      element.remove();
    },
  };
}
