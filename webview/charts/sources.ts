/** Of the layers that read a concatenation, as in dense blocks: the stages that made the channels that they keep, stacked. */
import type { RunView } from '../../src/shared/view';
import { integer } from '../../src/shared/text';
import { checkbox } from '../ui';
import { barLabels, sourceBars } from './bars';
import { figure, type Colours } from './figure';
import type { Chart, ChartApi } from './contract';
import { dataTable } from './dataTable';
import type { Grid } from './cells';
import { exportButtons } from './export';
import { layout } from './layout';
import { stackedOptions, stackedSeries, stackedTooltip } from './stacked';
import { walk } from './walk';

export function mountSources(container: HTMLElement, view: RunView, api: ChartApi): Chart {
  let name = view.run.id;
  let all = sourceBars(view.report?.channels ?? null);
  let onlyTransitions = false;

  const shown = () => (onlyTransitions ? all.bars.filter(({ layer }) => layer.transition) : all.bars);
  const chart = figure('Where the channels that are left were made', configure, api);
  const keys = walk(chart, 'Channels left by the stage that made them, as stacked bars', () => shown().length, said);
  /** One row for each convolution that a layer reads. */
  const grid = (): Grid => ({
    columns: ['layer', 'stage', 'transition', 'made_by', 'made_in_stage', 'channels_left', 'channels_before'],
    rows: shown().flatMap(({ layer }) =>
      layer.sources.map((source) => [
        layer.layer,
        layer.stage,
        layer.transition ? 'yes' : 'no',
        source.layer,
        source.stage,
        source.kept,
        source.total,
      ]),
    ),
  });
  const table = dataTable('Channels left, by the convolution that made them', grid, api);
  const saves = exportButtons({ what: 'channel sources', name: () => `${name}-channel-sources`, canvas: chart.picture, grid }, api);
  const transitions = checkbox('Transition layers only', onlyTransitions, (checked) => {
    onlyTransitions = checked;
    draw();
  });
  const { element, caption } = layout(container, [transitions, ...saves], [chart.element, keys.status], table.element);

  function said(i: number): string {
    const { layer, left, of } = shown()[i]!;
    const parts = all.makers.flatMap((maker, m) => (of[m] ? [`${integer(left[m]!)} of ${integer(of[m])} made ${maker}`] : []));
    return `${layer.layer}: ${parts.join(', ')}`;
  }

  function configure(colours: Colours) {
    const bars = shown();
    return {
      type: 'bar' as const,
      data: {
        labels: barLabels(bars.map(({ layer, place }) => ({ name: layer.layer, place }))),
        datasets: all.makers.map((maker, m) => {
          const data = bars.map(({ left, of }) => (of[m] ? left[m]! : null));
          return stackedSeries(`Made ${maker}`, data, m, colours);
        }),
      },
      options: {
        ...stackedOptions({ title: 'layer that reads several convolutions, in the order of the network' }, { title: 'channels left' }),
        plugins: {
          tooltip: {
            callbacks: stackedTooltip(
              (i) => shown()[i]?.layer.layer ?? '',
              ({ dataset, parsed, dataIndex, datasetIndex }) =>
                `${dataset.label}: ${integer(parsed.y ?? 0)} of ${integer(shown()[dataIndex]?.of[datasetIndex] ?? 0)}`,
            ),
          },
        },
      },
    };
  }

  function draw(): void {
    keys.reset();
    if (container.hidden) return;
    chart.refresh();
    table.refresh();
  }

  function show(): void {
    container.hidden = !all.bars.length;
    transitions.hidden = !all.bars.some(({ layer }) => layer.transition);
    caption.textContent =
      'Layers that read what several convolutions made: how many channels of each stage they keep. A transition that keeps much of an early ' +
      'stage hands its features on.';
    draw();
  }
  show();

  return {
    update(next) {
      name = next.run.id;
      all = sourceBars(next.report?.channels ?? null);
      show();
    },
    dispose() {
      chart.dispose();
      element.remove();
    },
  };
}
