/** The networks of a run, as measured: dense, masked, compact, fine-tuned. Nothing is worked out here. */
import { passesText } from '../../src/shared/latency';
import { removedText, shrinkingText } from '../../src/shared/left';
import { percent, type Report, type Stage } from '../../src/shared/report';
import { h, scrollable } from '../dom';
import { integer, plural } from '../../src/shared/text';
import { bytes, duration, figures, milliseconds, short } from '../format';

const COLUMNS: readonly { title: string; about: string; cell: (stage: Stage) => [value: string, under?: string] }[] = [
  {
    title: 'Test error',
    about: 'With its Wilson 95% interval',
    cell: ({ error, wilson95 }) => [percent(error), `${percent(wilson95[0])} to ${percent(wilson95[1])}`],
  },
  {
    title: 'Wrong',
    about: 'Test samples that the network gets wrong',
    cell: ({ errorCount, samples }) => [integer(errorCount), `of ${integer(samples)}`],
  },
  { title: 'Parameters', about: 'Weights and biases stored, zeros included', cell: ({ params }) => [integer(params)] },
  { title: 'Non-zeros', about: 'Weights and biases that are not zero', cell: ({ nonZeros }) => [integer(nonZeros)] },
  { title: 'MACs', about: 'Multiply-accumulates of one forward pass, zeros included', cell: ({ macs }) => [short(macs)] },
  { title: 'Size', about: 'Stored weights as float32', cell: ({ bytes: n }) => [bytes(n)] },
  { title: 'Gzip', about: 'The same after gzip, where zeros pay', cell: ({ bytesGzip }) => [bytes(bytesGzip)] },
  { title: 'Time, ms', about: 'Measured: median ± half the interquartile range', cell: ({ latencyMs }) => [milliseconds(latencyMs)] },
];

export function stageTable(report: Report): HTMLElement {
  const head = COLUMNS.map(({ title, about }) => h('th', { scope: 'col', class: 'number', title: about }, title));
  const rows = report.stages.map((stage) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, stage.name),
      ...COLUMNS.map(({ cell }) => {
        const [value, under] = cell(stage);
        return h('td', { class: 'number' }, value, under === undefined ? null : h('small', {}, under));
      }),
    ),
  );
  return h(
    'section',
    { class: 'stages', 'aria-labelledby': 'stages' },
    h('h2', { id: 'stages' }, 'Networks'),
    scrollable(
      'Networks of the run',
      h(
        'table',
        {},
        h('caption', { class: 'visually-hidden' }, 'The networks of the run, as measured'),
        h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Network'), ...head)),
        h('tbody', {}, ...rows),
      ),
    ),
    h('ul', { class: 'notes' }, ...notes(report).map((note) => h('li', {}, note))),
  );
}

/** The same in small, for a narrow place. */
export function smallStageTable(report: Report): HTMLElement {
  return h(
    'table',
    { class: 'stages small' },
    h('caption', { class: 'visually-hidden' }, 'The networks of the run, as measured'),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        h('th', { scope: 'col' }, 'Network'),
        ...['Error', 'Non-zeros', 'ms'].map((t) => h('th', { scope: 'col', class: 'number' }, t)),
      ),
    ),
    h(
      'tbody',
      {},
      ...report.stages.map(({ name, error, nonZeros, latencyMs }) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, name),
          ...[percent(error), short(nonZeros), figures(latencyMs.median)].map((text) => h('td', { class: 'number' }, text)),
        ),
      ),
    ),
  );
}

function notes(report: Report): string[] {
  const passes = passesText(report);
  return [
    ...report.stages.map((stage) => `${stage.name}: ${describe(stage)}.`),
    ...(passes ? [`Times are of ${passes}.`] : []),
    ...zerosAreNotFaster(report),
    ...parity(report),
    ...selection(report),
    ...floors(report),
    ...removedText(report, '→'),
    ...shrinking(report),
    ...sampling(report),
  ];
}

function describe({ epoch, note }: Stage): string {
  return epoch === null || /epoch/.test(note) ? note : `${note} (epoch ${epoch})`;
}

/** Said wherever it is so: within the spread of the measurement, the masked network takes as long as the dense one. */
function zerosAreNotFaster({ stages, channels, inputs }: Report): string[] {
  const time = (name: Stage['name']) => stages.find((stage) => stage.name === name)?.latencyMs;
  const [dense, masked] = [time('dense'), time('masked')];
  if (!dense || !masked) return [];
  const same = Math.abs(masked.median - dense.median) <= Math.max(dense.iqr, masked.iqr, 0.1 * dense.median);
  if (same && (channels || inputs))
    return [
      `The masked network takes as long as the dense one: ${inputs ? 'an input' : 'a channel'} of zeros is computed like any other. Time is gained where it is removed.`,
    ];
  return same
    ? [
        'The masked network takes as long as the dense one: zeros scattered over a matrix do not make the dense kernels faster. Time is gained where ' +
          'whole neurons are removed; zeros alone pay in the gzip column.',
      ]
    : [];
}

function parity({ parity: p }: Report): string[] {
  if (!p) return [];
  const samples = plural(p.samples, 'sample');
  const how =
    p.maxAbsDiff === 0 ? `all logits of ${samples} are the same` : `no logit of ${samples} differs by more than ${figures(p.maxAbsDiff)}`;
  return [`Masked and compact network agree: ${how} (allowed: ${figures(p.tolerance)}).`];
}

function selection({ selection: chosen }: Report): string[] {
  if (!chosen) return [];
  const { used, last, bestValidation, bestTest } = chosen;
  const show = (name: string, row: { epoch: number; testError: number }) => `${name} ${percent(row.testError)} (epoch ${row.epoch})`;
  return [
    `Test error at the final sparsity: ${[
      show(`last epoch${used === 'last' ? ', which is used,' : ''}`, last),
      ...(bestValidation ? [show(`lowest validation error${used === 'best-validation' ? ', which is used,' : ''}`, bestValidation)] : []),
      show('lowest test error', bestTest),
    ].join('; ')}. The lowest test error is chosen on the test set and so is optimistic.`,
  ];
}

function floors({ floors: held, channels }: Report): string[] {
  const unit = channels ? 'channel' : 'connection';
  return held.map(
    ({ layer, kind, floor, held: count }) =>
      `A floor of ${plural(floor, unit)} for ${kind === 'layer' ? 'the layer' : 'each output'} holds ${plural(count, unit)} of ${layer} that the scores would have cut.`,
  );
}

function shrinking({ shrinking: saved }: Report): string[] {
  return saved ? [`While its channels were cut the network was ${shrinkingText(saved, duration)}.`] : [];
}

function sampling({ screening, channels }: Report): string[] {
  if (!screening || screening.every === 1) return [];
  const changed = screening.sampling
    ? `; in epoch ${screening.sampling.epoch} that chose ${percent(screening.sampling.maskChangedFraction)} of the kept ${channels ? 'channels' : 'weights'} otherwise than every batch would have`
    : '';
  return [`Screening statistics come from every ${integer(screening.every)}th batch${changed}.`];
}
