/** A report as text. Everything printed is read from the report; nothing is measured or decided here. */
import { join } from 'node:path';
import { RUN_FILES } from '../shared/ids';
import { askedText, removedText, shapeText, shrinkingText, whatIsLeft } from '../shared/left';
import { passesText } from '../shared/latency';
import { largest } from '../shared/lists';
import { percent, type Report, type Stage } from '../shared/report';
import { channelsText, MOST_LISTED } from './channelTable';
import { heatmap, RAMP } from './heatmap';
import { inputMapText, savingsText } from './inputs';
import { lassoText } from './lasso';
import { isLenet300, PUBLISHED, publishedOnCifar } from './paper';
import { integer, plural } from '../shared/text';
import { bytes, duration, figures, short, table, wrap, type Column, type Colours } from './text';

/** The whole report, for `show` and for the end of `run`. `folder` is how the run's folder is named to the person. */
export function reportText(report: Report, folder: string, c: Colours): string {
  const sections = [
    heading(report, c),
    dataText(report),
    stagesText(report, c),
    publishedText(report, c),
    savingsText(report, c),
    channelsText(report, c),
    lassoText(report, c),
    layersText(report, c),
    inputMapText(report, c),
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
  const method = report.method === 'none' ? 'no pruning' : `${report.method} (${report.criterion}), keep ${askedText(report)}`;
  return [
    ...wrap(`${report.name}${label} · ${report.model.name} ${report.model.description}`).map((line) => c.bold(line)),
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
  const unstructured = report.method !== 'none' && !report.channels && !report.inputs;
  return [
    ...table(STAGE_COLUMNS, rows, c),
    '',
    ...report.stages.flatMap((stage) => wrap(`${stage.name}: ${describe(stage)}`, '    ')),
    ...wrap(
      `error: of ${plural(first.samples, 'test sample')}, with its Wilson 95% interval. ms: measured, median ± half the interquartile range of ` +
        `${passesText(report)}.`,
      '    ',
    ),
    ...(report.channels
      ? wrap('A channel of zeros is computed like any other: what the ms column gains comes from channels that were removed whole.', '    ')
      : []),
    ...(report.inputs
      ? wrap(
          'An input that is masked is read like any other: what the ms column gains comes from inputs and neurons that were removed whole.',
          '    ',
        )
      : []),
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

/** What was published of the same network at full settings; nothing for a run that did less. */
function publishedText(report: Report, c: Colours): string[] {
  const published = publishedOnCifar(report);
  const [last, left] = [report.stages.at(-1), whatIsLeft(report)];
  if (!published.length || !last) return [];
  const columns: Column[] = [{ title: 'on CIFAR-10' }, ...['kept %', 'error'].map((title) => ({ title, align: 'right' }) as const)];
  const rows = [
    ['this run', percent(left.fraction), percent(last.error)],
    ...published.map(({ name, keep, error }) => [`published: ${name}`, percent(keep), percent(error)]),
  ];
  return table(columns, rows, c);
}

function layersText(report: Report, c: Colours): string[] {
  if (!report.layers.length || report.method === 'none') return [];
  if (report.layers.length > MOST_LISTED) return layerTypesText(report, c);
  // Of connections, not of inputs.
  const published = isLenet300(report.layers) && !report.inputs ? PUBLISHED : [];
  const columns: Column[] = [
    { title: 'layer' },
    ...['weights', 'kept', 'kept %', ...published.map((p) => p.name)].map((title) => ({ title, align: 'right' }) as const),
    { title: 'shape' },
    { title: 'compact' },
  ];
  const rows = report.layers.map((layer) => [
    layer.name,
    integer(layer.total),
    integer(layer.kept),
    percent(layer.keptFraction),
    ...published.map((p) => percent(p.layers[layer.name]!, 1)),
    shapeText(layer.shape),
    shapeText(layer.compactShape),
  ]);
  const [total, kept] = [sum(report.layers.map((layer) => layer.total)), sum(report.layers.map((layer) => layer.kept))];
  rows.push(['total', integer(total), integer(kept), percent(kept / total), ...published.map((p) => percent(p.total, 1)), '', '']);
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

/** Layers by their type; each of them is in layers.csv. */
function layerTypesText({ layers }: Report, c: Colours): string[] {
  const types = [...new Set(layers.map(({ type }) => type))];
  const row = (name: string, of: Report['layers']) => {
    const [total, kept] = [sum(of.map((layer) => layer.total)), sum(of.map((layer) => layer.kept))];
    return [name, String(of.length), integer(total), integer(kept), percent(kept / total)];
  };
  const columns: Column[] = [
    { title: 'weights of' },
    ...['layers', 'weights', 'kept', 'kept %'].map((title) => ({ title, align: 'right' }) as const),
  ];
  const rows = types.map((type) =>
    row(
      type,
      layers.filter((layer) => layer.type === type),
    ),
  );
  return [...table(columns, [...rows, row('total', layers)], c), '', `Each layer: ${RUN_FILES.layers} in the run folder.`];
}

function heatmapText({ heatmap: map, inputs }: Report, c: Colours): string[] {
  if (!map || map.width > 98 || inputs?.map) return [];
  return [c.dim(`First-layer connections kept per input pixel, 0 to ${largest(map.counts)} as "${RAMP}"`), ...heatmap(map)];
}

function factsText(report: Report): string[] {
  return [...keptFacts(report), ...selectionFacts(report), ...samplingFacts(report)].flatMap((fact) => wrap(fact, '    '));
}

function keptFacts(report: Report): string[] {
  if (report.method === 'none') return [];
  const { weights, total } = report.kept;
  const left = whatIsLeft(report);
  const kept = `Kept ${integer(left.kept)} of ${integer(left.total)} ${left.unit === 'weights' ? 'prunable weights' : left.unit} (${percent(left.fraction)})`;
  const unit = report.channels ? 'channel' : 'connection';
  return [
    `${kept}: ${figures(total / weights)}× fewer weights.`,
    ...(report.shrinking ? [`While its channels were cut the network was ${shrinkingText(report.shrinking, duration)}.`] : []),
    ...removedText(report, '->'),
    ...(report.parity ? [parityFact(report.parity)] : []),
    ...report.floors.map(
      ({ layer, kind, floor, held }) =>
        `Floor of ${plural(floor, unit)} for ${kind === 'layer' ? 'the layer' : 'each output'}: it holds ${plural(held, unit)} of ${layer} that the scores would have cut.`,
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

function samplingFacts({ screening, channels }: Report): string[] {
  if (!screening || screening.every === 1) return [];
  const { every, sampling } = screening;
  const changed = sampling
    ? ` In epoch ${sampling.epoch}, that of the largest cut, statistics of all batches would have chosen ${percent(sampling.maskChangedFraction)} of the kept ${channels ? 'channels' : 'weights'} otherwise.`
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
function filesText({ method, inputs }: Report, folder: string): string[] {
  const file = (what: string, name: string) => `${what.padEnd(15)}${join(folder, name)}`;
  return [
    `Run folder:    ${folder}`,
    file(method === 'none' ? 'Model:' : 'Compact model:', RUN_FILES.compactModel),
    ...(inputs ? [file('Kept inputs:', RUN_FILES.inputIndex), file('Whole samples:', RUN_FILES.wholeInputModel)] : []),
  ];
}

function interval([low, high]: readonly [number, number]): string {
  return `${percent(low)} to ${percent(high)}`;
}
