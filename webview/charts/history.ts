/** How much the schedule left and how the errors went, epoch by epoch; live while the run goes on. */
import type { ChartDataset, TooltipItem } from 'chart.js';
import { whatIsLeft } from '../../src/shared/left';
import { percent, type HistoryRow } from '../../src/shared/report';
import type { RunView } from '../../src/shared/view';
import { figures } from '../format';
import { checkbox } from '../ui';
import { DASHES, figure, POINTS, type Colours } from './figure';
import type { Chart, ChartApi } from './contract';
import { dataTable } from './dataTable';
import type { Grid } from './cells';
import { addRow, EPOCH_COLUMNS, epochCells, layEpochs, type EpochPoint } from './epochs';
import { exportButtons, pngButton } from './export';
import { layout, oncePerFrame } from './layout';
import { fractionTick } from './scale';

type Line = ChartDataset<'line', { x: number; y: number | null }[]>;
type Value = (row: HistoryRow) => number | null;

export function mountHistory(container: HTMLElement, view: RunView, api: ChartApi): Chart {
  let name = view.run.id;
  let history = [...view.history];
  /** Prunable weights, or channels of a run that cuts these; null until someone said so. */
  let total: number | null = null;
  let [twin, rate, log] = [false, false, false];

  const keepChart = figure('Kept fraction by epoch; its numbers are in the table', (colours) => keepLines(colours), api);
  const errorChart = figure('Errors by epoch; their numbers are in the table', (colours) => errorLines(colours), api);
  const grid = (): Grid => ({ columns: [...EPOCH_COLUMNS], rows: epochCells(history) });
  const table = dataTable('Schedule and errors by epoch', grid, api);
  const withTwin = checkbox('Dense twin', twin, (checked) => {
    twin = checked;
    drawing.ask();
  });
  const tools = [
    withTwin,
    checkbox('Learning rate', rate, (checked) => {
      rate = checked;
      drawing.ask();
    }),
    checkbox('Log scale', log, (checked) => {
      log = checked;
      drawing.ask();
    }),
    pngButton('Schedule PNG', 'kept fraction', () => `${name}-schedule`, keepChart.picture, api),
    pngButton('Errors PNG', 'errors', () => `${name}-errors`, errorChart.picture, api),
    ...exportButtons({ what: 'history', name: () => `${name}-history`, grid }, api),
  ];
  const { element, caption } = layout(container, tools, [keepChart.element, errorChart.element], table.element);
  const drawing = oncePerFrame(() => {
    head();
    keepChart.refresh();
    errorChart.refresh();
    table.refresh();
  });

  function keepLines({ series }: Colours) {
    const { run } = layEpochs(history);
    const all = total;
    const lines = [line('Kept fraction, as scheduled', run, (row) => row.keep, series[0]!, 0)];
    if (all) {
      // Around the points of the schedule, which it should meet.
      const left = line('Left after the cut', run, (row) => row.kept / all, series[1]!, 1);
      lines.push({ ...left, showLine: false, backgroundColor: 'transparent', pointRadius: 7 });
    }
    if (rate) lines.push({ ...line('Learning rate', run, (row) => row.learningRate, series[3]!, 3), yAxisID: 'rate' });
    return {
      type: 'line' as const,
      data: { datasets: lines },
      options: {
        ...common(),
        scales: {
          x: epochAxis(),
          y: fractionAxis('kept fraction'),
          ...(rate && {
            rate: {
              type: 'linear' as const,
              position: 'right' as const,
              beginAtZero: true,
              title: { display: true, text: 'learning rate' },
              grid: { display: false },
            },
          }),
        },
      },
    };
  }

  function errorLines({ series }: Colours) {
    const laid = layEpochs(history);
    const of = (points: EpochPoint[], prefix: string, dash: number) => [
      line(`${prefix}train`, points, (row) => row.trainError, series[0]!, dash),
      line(`${prefix}validation`, points, (row) => row.validationError, series[1]!, dash + 1),
      line(`${prefix}test`, points, (row) => row.testError, series[2]!, dash + 2),
    ];
    const lines = [...of(laid.run, '', 0), ...(twin ? of(laid.twin, 'twin, ', 3) : [])];
    return {
      type: 'line' as const,
      data: { datasets: lines.filter(({ data }) => data.some(({ y }) => y !== null)) },
      options: { ...common(), scales: { x: epochAxis(), y: fractionAxis('error') } },
    };
  }

  function common() {
    return {
      parsing: false as const,
      interaction: { mode: 'index' as const, intersect: false },
      plugins: {
        legend: { labels: { usePointStyle: true } },
        tooltip: {
          callbacks: {
            title: (items: TooltipItem<'line'>[]) => `Epoch ${items[0]?.parsed.x ?? ''}`,
            label: (item: TooltipItem<'line'>) =>
              `${item.dataset.label}: ${item.dataset.yAxisID ? figures(item.parsed.y ?? 0) : percent(item.parsed.y ?? 0)}`,
          },
        },
      },
    };
  }

  function epochAxis() {
    return { type: 'linear' as const, min: 1, ticks: { precision: 0 }, title: { display: true, text: 'epoch' } };
  }

  function fractionAxis(text: string) {
    return {
      type: log ? ('logarithmic' as const) : ('linear' as const),
      ...(log ? {} : { beginAtZero: true }),
      title: { display: true, text },
      ticks: {
        callback: fractionTick(log ? 'log' : 'linear'),
        ...(log ? { autoSkip: false } : { maxTicksLimit: 7 }),
      },
    };
  }

  function head(): void {
    const { twin: beside, fineTuneFrom } = layEpochs(history);
    container.hidden = !history.length;
    withTwin.hidden = !beside.length;
    caption.textContent =
      'What the schedule leaves, and the error by epoch. The test error is measured only at the final sparsity.' +
      (fineTuneFrom ? ` Fine-tuning begins with epoch ${fineTuneFrom}.` : '');
  }

  function read(next: RunView): void {
    name = next.run.id;
    history = [...next.history];
    total = (next.report && whatIsLeft(next.report).total) ?? next.run.summary?.total ?? total;
    head();
    drawing.ask();
  }
  read(view);

  return {
    update: read,
    live(event) {
      if (event.type !== 'epoch') return;
      total = event.total;
      addRow(history, event.row);
      // Short epochs end more often than a frame is drawn.
      drawing.ask();
    },
    dispose() {
      drawing.dispose();
      keepChart.dispose();
      errorChart.dispose();
      element.remove();
    },
  };
}

function line(label: string, points: readonly EpochPoint[], value: Value, colour: string, shape: number): Line {
  return {
    label,
    data: points.map(({ x, row }) => ({ x, y: value(row) })),
    borderColor: colour,
    backgroundColor: colour,
    borderWidth: 2,
    clip: 10,
    borderDash: DASHES[shape]!,
    pointStyle: POINTS[shape]!,
    // Long histories are read as lines; in short ones each epoch counts.
    pointRadius: points.length > 60 ? 1.5 : 4,
  };
}
