/** What is left of each layer: channels of a run that cuts channels, connections otherwise. */
import type { TooltipItem } from 'chart.js';
import { whatIsLeft } from '../../src/shared/left';
import { percent, type Lasso } from '../../src/shared/report';
import type { RunView } from '../../src/shared/view';
import { integer } from '../../src/shared/text';
import { searchText } from '../parts/lassoText';
import { barLabels, layerBars } from './bars';
import { figure, type Colours } from './figure';
import type { Chart, ChartApi } from './contract';
import { dataTable } from './dataTable';
import type { Cell, Grid } from './cells';
import { exportButtons } from './export';
import { layout } from './layout';
import { stackedOptions, stackedSeries, stackedTooltip } from './stacked';
import { walk } from './walk';

/** Colour and stripes of the bars; transitions have others. */
const [PLAIN, TRANSITION] = [0, 1];

export function mountChannels(container: HTMLElement, view: RunView, api: ChartApi): Chart {
  let { name, report } = read(view);
  let { unit, bars } = layerBars(report);

  const chart = figure('What is left of each layer', configure, api);
  const keys = walk(
    chart,
    'What is left of each layer, as bars in the order of the network',
    () => bars.length,
    (i) => `${i + 1}, ${bars[i]!.name}${bars[i]!.transition ? ' (transition)' : ''}: ${said(i)}`,
  );
  const grid = (): Grid => {
    const columns = ['layer', `${unit}_left`, `${unit}_before`, 'transition'];
    const rows: Cell[][] = bars.map((bar) => [bar.name, bar.left, bar.of, bar.transition ? 'yes' : 'no']);
    return withLasso({ columns, rows }, report?.lasso ?? null);
  };
  const table = dataTable('What is left, by layer', grid, api);
  const saves = exportButtons({ what: 'layer chart', name: () => `${name}-layers`, canvas: chart.picture, grid }, api);
  const { element, caption } = layout(container, saves, [chart.element, keys.status], table.element);

  function said(i: number): string {
    const { left, of } = bars[i]!;
    return `${integer(left)} of ${integer(of)} ${unit} left (${percent(of === 0 ? 1 : left / of, 1)})`;
  }

  function configure(colours: Colours) {
    const ofChannels = unit === 'channels';
    const hasTransitions = bars.some(({ transition }) => transition);
    const series = (label: string, transition: boolean, i: number) => {
      const data = bars.map((bar) => (bar.transition === transition ? (ofChannels ? bar.left : bar.left / (bar.of || 1)) : null));
      return stackedSeries(label, data, i, colours);
    };
    const removed = {
      label: 'Removed',
      data: bars.map((bar) => bar.of - bar.left),
      backgroundColor: 'transparent',
      borderColor: colours.lines,
      borderWidth: 1,
    };
    return {
      type: 'bar' as const,
      data: {
        labels: barLabels(bars.map((bar, i) => ({ name: bar.name, place: i + 1 }))),
        datasets: [
          series(hasTransitions ? 'Layers of dense blocks' : 'Left', false, PLAIN),
          ...(hasTransitions ? [series('Transition layers', true, TRANSITION)] : []),
          ...(ofChannels ? [removed] : []),
        ],
      },
      options: {
        ...stackedOptions(
          { title: ofChannels ? 'layer with channels, in the order of the network' : 'layer' },
          {
            title: ofChannels ? 'channels' : 'kept fraction',
            ticks: { callback: (value: string | number) => (ofChannels ? integer(Number(value)) : percent(Number(value), 0)) },
          },
        ),
        plugins: {
          legend: { display: ofChannels },
          tooltip: {
            filter: (item: TooltipItem<'bar'>) => item.dataset.label !== removed.label && item.parsed.y !== null,
            callbacks: stackedTooltip(
              (i) => bars[i]?.name ?? '',
              ({ dataIndex }) => (bars[dataIndex] ? said(dataIndex) : ''),
            ),
          },
        },
      },
    };
  }

  function show(): void {
    container.hidden = !bars.length;
    caption.textContent = report ? captionOf() : '';
    keys.reset();
    if (container.hidden) return;
    chart.refresh();
    table.refresh();
  }

  function captionOf(): string {
    if (!report || unit === 'weights') return 'Fraction of the connections of each layer that are left.';
    const { kept, total } = whatIsLeft(report);
    const transitions = bars.flatMap((bar, i) => (bar.transition ? [`${i + 1} (${bar.name})`] : []));
    return (
      `Remaining channels of each layer, in the order of the network: ${integer(kept)} of ${integer(total)} together.` +
      (report.lasso ? ` ${searchText(report.lasso)}.` : '') +
      (transitions.length ? ` Transition layers, which join dense blocks, are striped: ${transitions.join(' and ')}.` : '')
    );
  }
  show();

  return {
    update(next) {
      ({ name, report } = read(next));
      ({ unit, bars } = layerBars(report));
      show();
    },
    dispose() {
      chart.dispose();
      element.remove();
    },
  };
}

const read = ({ run, report }: RunView) => ({ name: run.id, report });

/** With what structured lasso says of the layers that it cut. */
function withLasso({ columns, rows }: Grid, lasso: Lasso | null): Grid {
  if (!lasso) return { columns, rows };
  const of = new Map(lasso.layers.map((layer) => [layer.layer, layer]));
  return {
    columns: [...columns, 'kept_fraction', 'residual', 'iterations'],
    rows: rows.map((row) => {
      const layer = of.get(String(row[0]));
      return [...row, layer?.keptFraction ?? null, layer?.residual ?? null, layer?.iterations ?? null];
    }),
  };
}
