/** What the tables of the compare panel hold, apart from the DOM. */
import { commonUnit } from '../../src/shared/left';
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
const LEFT = { weights: 'Weights left', channels: 'Channels left', inputs: 'Inputs left' } as const;

/** Stages that at least one run has, in the order in which they are made. */
export function stageNames(runs: readonly RunView[]): Stage['name'][] {
  const order: Stage['name'][] = ['dense', 'masked', 'compact', 'fine-tuned'];
  return order.filter((name) => runs.some(({ report }) => report?.stages.some((stage) => stage.name === name)));
}

export function stageOf({ report }: RunView, name: string): Stage | undefined {
  return name === LAST ? report?.stages.at(-1) : report?.stages.find((stage) => stage.name === name);
}

/** Channels (or inputs) of the network that a stage measured: the dense one has all. null of a run that cuts none. */
function leftOf(what: 'channels' | 'inputs', { report }: RunView, stage: Stage): { left: number; total: number } | null {
  const of = report?.[what];
  return of ? { left: stage.name === 'dense' ? of.total : of.kept, total: of.total } : null;
}

/** One row a run with the numbers of a stage, as a person reads them. */
export function stageGrid(runs: readonly RunView[], name: string): Grid {
  const cut = (['channels', 'inputs'] as const).filter((what) => runs.some(({ report }) => report?.[what]));
  const columns = [
    ...['Run', 'State', 'Stage', 'Error', '95% interval'],
    ...cut.map((what) => LEFT[what]),
    ...['Weights left', 'Parameters', 'MACs', 'Bytes', 'Bytes, gzip', 'ms'],
  ];
  return {
    columns,
    rows: runs.map((view) => {
      const stage = stageOf(view, name);
      if (!stage) return [view.run.label, view.state, ...Array<string>(columns.length - 2).fill('–')];
      const left = cut.map((what) => leftOf(what, view, stage));
      return [
        view.run.label,
        view.state,
        stage.name,
        percent(stage.error),
        `${percent(stage.wilson95[0])} to ${percent(stage.wilson95[1])}`,
        ...left.map((of) => (of ? `${integer(of.left)} of ${integer(of.total)}` : '–')),
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
      'inputs_left',
      'inputs',
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
      if (!view.report?.stages.length) return [head.concat(Array<string>(16).fill(''))];
      return view.report.stages.map((stage) => [
        ...head,
        stage.name,
        stage.error,
        ...stage.wilson95,
        stage.samples,
        ...(['channels', 'inputs'] as const).flatMap((what) => {
          const of = leftOf(what, view, stage);
          return [of?.left ?? null, of?.total ?? null];
        }),
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

/** What the kept fractions of a comparison are of: `Weights left`, `Channels left`, `Inputs left`, or of each run what it cuts. */
export function leftTitle(of: readonly Pick<CompareView['points'][number], 'unit'>[]): string {
  const unit = commonUnit(of);
  return unit ? LEFT[unit] : 'Left of what is cut';
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
