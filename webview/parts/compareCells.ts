/** What the tables of the compare panel hold, apart from the DOM. */
import { percent, type Stage } from '../../src/shared/report';
import type { CompareView, RunView } from '../../src/shared/view';
import type { Cell, Grid } from '../charts/cells';
import { integer } from '../../src/shared/text';

/** A table as it is read, and as it is written to a file. */
export interface NamedGrid {
  shown: () => Grid;
  file: () => Grid;
}

export const LAST = 'last';

/** Stages that at least one run has, in the order in which they are made. */
export function stageNames(runs: readonly RunView[]): Stage['name'][] {
  const order: Stage['name'][] = ['dense', 'masked', 'compact', 'fine-tuned'];
  return order.filter((name) => runs.some(({ report }) => report?.stages.some((stage) => stage.name === name)));
}

export function stageOf({ report }: RunView, name: string): Stage | undefined {
  return name === LAST ? report?.stages.at(-1) : report?.stages.find((stage) => stage.name === name);
}

/** Channels of the network that a stage measured: the dense one has all. null of a run that cuts no channels. */
function channelsOf({ report }: RunView, stage: Stage): { left: number; total: number } | null {
  const channels = report?.channels;
  return channels ? { left: stage.name === 'dense' ? channels.total : channels.kept, total: channels.total } : null;
}

/** One row a run with the numbers of a stage, as a person reads them. */
export function stageGrid(runs: readonly RunView[], name: string): Grid {
  const ofChannels = runs.some(({ report }) => report?.channels);
  const columns = [
    ...['Run', 'State', 'Stage', 'Error', '95% interval'],
    ...(ofChannels ? ['Channels left'] : []),
    ...['Weights left', 'Parameters', 'MACs', 'Bytes', 'Bytes, gzip', 'ms'],
  ];
  return {
    columns,
    rows: runs.map((view) => {
      const stage = stageOf(view, name);
      if (!stage) return [view.run.label, view.state, ...Array<string>(columns.length - 2).fill('–')];
      const channels = channelsOf(view, stage);
      return [
        view.run.label,
        view.state,
        stage.name,
        percent(stage.error),
        `${percent(stage.wilson95[0])} to ${percent(stage.wilson95[1])}`,
        ...(ofChannels ? [channels ? `${integer(channels.left)} of ${integer(channels.total)}` : '–'] : []),
        integer(stage.nonZeroWeights),
        integer(stage.params),
        integer(stage.macs),
        integer(stage.bytes),
        integer(stage.bytesGzip),
        stage.latencyMs.median.toFixed(3),
      ];
    }),
  };
}

/** All stages of all runs as plain numbers, for a file. */
export function stageCsv(runs: readonly RunView[]): Grid {
  return {
    columns: [
      'run',
      'seed',
      'state',
      'stage',
      'error',
      'error_low',
      'error_high',
      'samples',
      'channels_left',
      'channels',
      'non_zero_weights',
      'params',
      'non_zeros',
      'macs',
      'bytes',
      'bytes_gzip',
      'latency_ms',
    ],
    rows: runs.flatMap((view): Cell[][] => {
      const head = [view.run.label, view.run.seed, view.state];
      if (!view.report?.stages.length) return [head.concat(Array<string>(14).fill(''))];
      return view.report.stages.map((stage) => [
        ...head,
        stage.name,
        stage.error,
        ...stage.wilson95,
        stage.samples,
        channelsOf(view, stage)?.left ?? null,
        channelsOf(view, stage)?.total ?? null,
        stage.nonZeroWeights,
        stage.params,
        stage.nonZeros,
        stage.macs,
        stage.bytes,
        stage.bytesGzip,
        stage.latencyMs.median,
      ]);
    }),
  };
}

/** Runs beside each other where they are few, one below the other where they outnumber the keys (a sweep). */
export function differenceGrid({ runs, differences }: CompareView): Grid {
  const labels = runs.map(({ run }) => run.label);
  const text = (value: string | null | undefined) => value ?? 'not set';
  if (runs.length > differences.length) {
    return {
      columns: ['Run', ...differences.map(({ key }) => key)],
      rows: labels.map((label, i) => [label, ...differences.map(({ values }) => text(values[i]))]),
    };
  }
  return { columns: ['Setting', ...labels], rows: differences.map(({ key, values }) => [key, ...labels.map((_, i) => text(values[i]))]) };
}

/** `1.72% ± 0.05%`; the mean alone for one run, a dash for none. */
export function spread(sample: { mean: number; deviation: number | null } | null): string {
  if (!sample) return '–';
  return sample.deviation === null ? percent(sample.mean) : `${percent(sample.mean)} ± ${percent(sample.deviation)}`;
}

/** Index of the group with the lowest mean error; -1 where fewer than two can be compared. */
export function lowestError(groups: CompareView['groups']): number {
  const errors = groups.map(({ error }) => error?.mean ?? Infinity);
  if (errors.filter(Number.isFinite).length < 2) return -1;
  return errors.indexOf(Math.min(...errors));
}

/** What the kept fractions of a comparison are of: `Weights left`, `Channels left`, or of each run what it cuts. */
export function leftTitle(of: readonly Pick<CompareView['points'][number], 'unit'>[]): string {
  const units = new Set(of.flatMap(({ unit }) => unit ?? []));
  if (units.size > 1) return 'Left of what is cut';
  return units.has('channels') ? 'Channels left' : 'Weights left';
}

export function lambdaGrid(groups: CompareView['groups']): Grid {
  const lowest = lowestError(groups);
  return {
    columns: ['Settings', 'Lambda', 'n', 'Test error', leftTitle(groups), 'Note'],
    rows: groups.map((group, i) => [
      group.label,
      group.lambda ?? '–',
      group.n,
      spread(group.error),
      spread(group.keptFraction),
      i === lowest ? 'lowest error' : '',
    ]),
  };
}

export function lambdaCsv(groups: CompareView['groups']): Grid {
  return {
    columns: ['settings', 'lambda', 'n', 'error_mean', 'error_deviation', 'kept_fraction_mean', 'kept_fraction_deviation', 'unit'],
    rows: groups.map(({ label, lambda, n, error, keptFraction, unit }) => [
      label,
      lambda,
      n,
      error?.mean ?? null,
      error?.deviation ?? null,
      keptFraction?.mean ?? null,
      keptFraction?.deviation ?? null,
      unit,
    ]),
  };
}
