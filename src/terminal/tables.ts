/** A report as text. Everything printed is read from the report; nothing is measured or decided here. */
import { join } from 'node:path';
import { RUN_FILES } from '../shared/ids';
import { percent, type Report, type Stage } from '../shared/report';
import { heatmap, RAMP } from './heatmap';
import { isLenet300, PUBLISHED } from './paper';
import { integer, plural } from '../shared/text';
import { bytes, duration, figures, short, table, wrap, type Column, type Colours } from './text';

/** The whole report, for `show` and for the end of `run`. `folder` is how the run's folder is named to the person. */
export function reportText(report: Report, folder: string, c: Colours): string {
  const sections = [
    heading(report, c),
    dataText(report),
    stagesText(report, c),
    layersText(report, c),
    heatmapText(report, c),
    factsText(report),
    filesText(report, folder),
  ];
  return sections
    .filter((lines) => lines.length)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function heading(report: Report, c: Colours): string[] {
  const label = report.label && report.label !== report.name ? ` · ${report.label}` : '';
  const method = report.method === 'none' ? 'no pruning' : `${report.method} (${report.criterion}), keep ${percent(report.keep)}`;
  return [
    c.bold(`${report.name}${label} · ${report.model.name} ${report.model.description}`),
    ...wrap(`${method}, seed ${report.seed}, ${duration(report.times.total)}`),
  ];
}

function dataText({ dataset }: Report): string[] {
  return wrap(
    `Data set used: ${dataset.name} (${dataset.source}): ${integer(dataset.train)} training, ${integer(dataset.validation)} validation and ` +
      `${integer(dataset.test)} test samples of ${dataset.shape.join('×')}, ${dataset.classes} classes.`,
  );
}

const STAGE_COLUMNS: readonly Column[] = [
  { title: 'stage' },
  ...['error', '95% interval', 'params', 'non-zero', 'MACs', 'bytes', 'gzip', 'ms'].map((title) => ({ title, align: 'right' }) as const),
];

function stagesText(report: Report, c: Colours): string[] {
  const rows = report.stages.map((stage) => [
    stage.name,
    percent(stage.error),
    interval(stage.wilson95),
    integer(stage.params),
    integer(stage.nonZeros),
    short(stage.macs),
    bytes(stage.bytes),
    bytes(stage.bytesGzip),
    milliseconds(stage.latencyMs),
  ]);
  const first = report.stages[0];
  if (!first) return [];
  const unstructured = report.method !== 'none';
  return [
    ...table(STAGE_COLUMNS, rows, c),
    '',
    ...report.stages.flatMap((stage) => wrap(`${stage.name}: ${describe(stage)}`, '    ')),
    ...wrap(
      `error: of ${plural(first.samples, 'test sample')}, with its Wilson 95% interval. ms: measured, median ± half the interquartile range of ` +
        `${plural(first.latencyMs.repeats, 'forward pass').replace(/passs$/, 'passes')} of a batch of ${first.latencyMs.batch} on ${plural(first.latencyMs.threads, 'thread')}.`,
      '    ',
    ),
    ...(unstructured
      ? wrap(
          'Zeros scattered over a matrix do not make the dense kernels faster: what the ms column gains comes from neurons that were removed whole; zeros alone pay in the gzip column.',
          '    ',
        )
      : []),
  ];
}

/** Median and half the interquartile range, both to the place of the median's third figure. */
function milliseconds({ median, iqr }: Stage['latencyMs']): string {
  const places = Math.min(4, Math.max(0, 2 - Math.floor(Math.log10(Math.max(median, 1e-4)))));
  return `${median.toFixed(places)} ±${(iqr / 2).toFixed(places)}`;
}

function describe(stage: Stage): string {
  return stage.epoch === null || /epoch/.test(stage.note) ? stage.note : `${stage.note} (epoch ${stage.epoch})`;
}

function layersText(report: Report, c: Colours): string[] {
  if (!report.layers.length || report.method === 'none') return [];
  const published = isLenet300(report.layers) ? PUBLISHED : [];
  const columns: Column[] = [
    { title: 'layer' },
    ...['weights', 'kept', 'kept %', ...published.map((p) => p.name)].map((title) => ({ title, align: 'right' }) as const),
    { title: 'shape' },
  ];
  const rows = report.layers.map((layer) => [
    layer.name,
    integer(layer.total),
    integer(layer.kept),
    percent(layer.keptFraction),
    ...published.map((p) => percent(p.layers[layer.name]!, 1)),
    `${layer.shape.join('×')} -> ${layer.compactShape.join('×')}`,
  ]);
  const [total, kept] = [sum(report.layers.map((layer) => layer.total)), sum(report.layers.map((layer) => layer.kept))];
  rows.push(['total', integer(total), integer(kept), percent(kept / total), ...published.map((p) => percent(p.total, 1)), '']);
  const note = published.length
    ? [
        '',
        ...wrap(
          `Han, DSC, WLS: published kept % on MNIST${report.dataset.name === 'mnist' ? '' : `; this run used ${report.dataset.name}, so they are no yardstick for it`}.`,
          '    ',
        ),
      ]
    : [];
  return [...table(columns, rows, c), ...note];
}

function heatmapText({ heatmap: map }: Report, c: Colours): string[] {
  if (!map || map.width > 98) return [];
  return [c.dim(`First-layer connections kept per input pixel, 0 to ${Math.max(...map.counts, 0)} as "${RAMP}"`), ...heatmap(map)];
}

function factsText(report: Report): string[] {
  return [...keptFacts(report), ...selectionFacts(report), ...samplingFacts(report)].flatMap((fact) => wrap(fact, '    '));
}

function keptFacts(report: Report): string[] {
  if (report.method === 'none') return [];
  const { weights, total } = report.kept;
  const neurons = report.removed.neurons.map(
    ({ layer, before, after, folded }) => `${layer} ${before} -> ${after}${folded ? ` (${folded} folded as constants)` : ''}`,
  );
  return [
    `Kept ${integer(weights)} of ${integer(total)} prunable weights (${percent(weights / total)}): ${figures(total / weights)}× fewer weights.`,
    ...(neurons.length
      ? [`Neurons: ${neurons.join(', ')}. Input features that nothing reads: ${integer(report.removed.unusedInputs)}.`]
      : []),
    ...(report.parity ? [parityFact(report.parity)] : []),
    ...report.floors.map(
      ({ layer, kind, floor, held }) =>
        `Floor of ${plural(floor, 'connection')} for ${kind === 'layer' ? 'the layer' : 'each output'}: it holds ${plural(held, 'connection')} of ${layer} that the scores would have cut.`,
    ),
  ];
}

function parityFact({ maxAbsDiff, samples, tolerance }: NonNullable<Report['parity']>): string {
  return `Parity: masked and compact network differ by at most ${figures(maxAbsDiff)} in any logit of ${plural(samples, 'sample')} (allowed: ${figures(tolerance)}).`;
}

function selectionFacts({ selection }: Report): string[] {
  if (!selection) return [];
  const { used, last, bestValidation, bestTest } = selection;
  const show = (name: string, row: { epoch: number; testError: number }) => `${name} ${percent(row.testError)} (epoch ${row.epoch})`;
  return [
    `Test error at the final sparsity: ${[
      show(used === 'last' ? '[used] last epoch' : 'last epoch', last),
      ...(bestValidation
        ? [show(used === 'best-validation' ? '[used] lowest validation error' : 'lowest validation error', bestValidation)]
        : []),
      `${show('lowest test error', bestTest)}, which is chosen on the test set and so is optimistic`,
    ].join('; ')}.`,
  ];
}

function samplingFacts({ screening }: Report): string[] {
  if (!screening || screening.every === 1) return [];
  const { every, sampling } = screening;
  const changed = sampling
    ? ` In epoch ${sampling.epoch}, that of the largest cut, statistics of all batches would have chosen ${percent(sampling.maskChangedFraction)} of the kept weights otherwise.`
    : '';
  return [`Screening statistics (${screening.feature}) were gathered from every ${ordinal(every)} batch.${changed}`];
}

function sum(xs: readonly number[]): number {
  return xs.reduce((a, b) => a + b, 0);
}

function ordinal(n: number): string {
  const suffix = n % 100 >= 11 && n % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${suffix}`;
}

/** Paths stand on lines of their own and are never broken. */
function filesText({ method }: Report, folder: string): string[] {
  return [`Run folder:    ${folder}`, `${method === 'none' ? 'Model:        ' : 'Compact model:'} ${join(folder, RUN_FILES.compactModel)}`];
}

function interval([low, high]: readonly [number, number]): string {
  return `${percent(low)} to ${percent(high)}`;
}
