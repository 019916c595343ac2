/** Reports and the environment as Markdown, laid out so that the source reads as a table too. */
import { DEVICE_WORDS } from '../shared/device';
import { inputNotes, savings } from '../shared/inputs';
import type { Probe } from '../shared/protocol';
import { askedText, BUDGET_WORDS, channelGroups, shapeText, shrinkingText, whatIsLeft } from '../shared/left';
import { percent, type Report } from '../shared/report';
import { integer } from '../shared/text';
import { bytes, duration, figures, short } from '../terminal/text';
import type { KernelOrigin } from './kernels';

type Align = 'left' | 'right';

export function table(columns: readonly (readonly [title: string, align: Align])[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => cell.replace(/\|/g, '\\|').replace(/\s*\n\s*/g, ' ')));
  const widths = columns.map(([title], i) => Math.max(3, title.length, ...cells.map((row) => row[i]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => (columns[i]![1] === 'right' ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join(' | ')} |`;
  const rule = `| ${columns.map(([, align], i) => (align === 'right' ? `${'-'.repeat(widths[i]! - 1)}:` : '-'.repeat(widths[i]!))).join(' | ')} |`;
  return [line(columns.map(([title]) => title)), rule, ...cells.map(line)].join('\n');
}

export function stageTable({ stages }: Report): string {
  const numbers = ['error', '95% interval', 'params', 'non-zero', 'MACs', 'bytes', 'gzip', 'ms'].map((title) => [title, 'right'] as const);
  return table(
    [['stage', 'left'], ...numbers],
    stages.map((stage) => [
      stage.name,
      percent(stage.error),
      `${percent(stage.wilson95[0])} to ${percent(stage.wilson95[1])}`,
      integer(stage.params),
      integer(stage.nonZeros),
      short(stage.macs),
      bytes(stage.bytes),
      bytes(stage.bytesGzip),
      figures(stage.latencyMs.median),
    ]),
  );
}

/** The stages in few columns, for a tooltip. */
export function shortStageTable({ stages }: Report): string {
  const numbers = ['error', 'params', 'non-zero', 'bytes', 'ms'].map((title) => [title, 'right'] as const);
  return table(
    [['stage', 'left'], ...numbers],
    stages.map((stage) => [
      stage.name,
      percent(stage.error),
      integer(stage.params),
      integer(stage.nonZeros),
      bytes(stage.bytes),
      figures(stage.latencyMs.median),
    ]),
  );
}

export function layerTable({ layers }: Report): string {
  const rows = layers.map((layer) => [
    layer.name,
    shapeText(layer.shape),
    shapeText(layer.compactShape),
    integer(layer.total),
    integer(layer.kept),
    percent(layer.keptFraction),
  ]);
  return table(
    [
      ['layer', 'left'],
      ['shape', 'left'],
      ['compact', 'left'],
      ['weights', 'right'],
      ['kept', 'right'],
      ['kept %', 'right'],
    ],
    rows,
  );
}

/** The channels that are left, stage by stage with the transitions between; null of a run that cuts none. */
export function channelTable({ channels }: Report): string | null {
  if (!channels) return null;
  const rows = channelGroups(channels.layers).map((group) => [
    group.transition ? `${group.name} (transition)` : group.name,
    integer(group.layers),
    integer(group.total),
    integer(group.kept),
    percent(group.fraction),
  ]);
  const { kept, total, layers } = channels;
  rows.push(['all', integer(layers.length), integer(total), integer(kept), percent(kept / total)]);
  return table(
    [
      ['channels of', 'left'],
      ['layers', 'right'],
      ['channels', 'right'],
      ['kept', 'right'],
      ['kept %', 'right'],
    ],
    rows,
  );
}

/** What cutting inputs saves over cutting weights alone; null of a run that selected none. */
export function savingsTable(report: Report): string | null {
  const networks = savings(report);
  if (!networks) return null;
  const { params, macs } = networks[0]!;
  const numbers = ['params', 'of dense', 'MACs', 'of dense'].map((title) => [title, 'right'] as const);
  return table(
    [['network', 'left'], ...numbers],
    networks.map((one) => [one.name, integer(one.params), percent(one.params / params), short(one.macs), percent(one.macs / macs)]),
  );
}

function lassoFact(lasso: NonNullable<Report['lasso']>): string {
  const { budget, rho, calibration } = lasso;
  return `- Budget: ${integer(budget.reached)} ${BUDGET_WORDS[lasso.budget.of]} of at most ${integer(budget.target)}, at rho ${figures(rho)}, ${integer(calibration.samples)} calibration samples`;
}

/** What "Copy result as Markdown" copies. `label` is the run's present one, which may be newer than the report's. */
export function reportMarkdown(report: Report, label: string): string {
  const title = label && label !== report.name ? `${report.name}: ${label}` : report.name;
  const method = report.method === 'none' ? 'no pruning' : `${report.method} (${report.criterion}), keep ${askedText(report)}`;
  const { dataset, shrinking, inputs, lasso } = report;
  const { unit, kept, total, fraction } = whatIsLeft(report);
  const tables = [savingsTable(report), channelTable(report)].filter((text) => text !== null);
  const facts = [
    `- Network: ${report.model.name}, ${report.model.description}`,
    `- Method: ${method}, seed ${report.seed}`,
    `- Data: ${dataset.name} (${dataset.source}), ${integer(dataset.train)} training, ${integer(dataset.validation)} validation and ${integer(dataset.test)} test samples`,
    `- Kept: ${integer(kept)} of ${integer(total)} ${unit === 'weights' ? 'prunable weights' : unit} (${percent(fraction)})`,
    ...(inputs ? inputNotes(inputs).map((note) => `- ${note}`) : []),
    ...(lasso ? [lassoFact(lasso)] : []),
    ...(shrinking ? [`- Network ${shrinkingText(shrinking, duration)}`] : []),
    `- Took ${duration(report.times.total)}`,
  ];
  return [`## ${title}`, facts.join('\n'), stageTable(report), ...tables, layerTable(report), ''].join('\n\n').replace(/\n+$/, '\n');
}

const ORIGINS: Record<KernelOrigin, string> = {
  override: 'the folder in PRUNE_LAB_KERNELS',
  cache: "the user's cache",
  storage: "this extension's storage",
};

/** What "Check environment" shows. `from`: where the editor found the kernels that the probe was told to load. */
export function environmentMarkdown({ versions, kernels, checks, startMs }: Probe, from: KernelOrigin): string {
  const wrong = checks.filter((check) => !check.ok);
  const verdict =
    checks.length > 0 && wrong.length === 0
      ? `Everything works: ${checks.length} checks of the native kernels agree with values worked out by hand.`
      : `**The kernels compute wrongly here** (${wrong.map((check) => check.name).join(', ') || 'nothing was checked'}). Provide them anew with the command "Set up native kernels".`;
  const facts: [string, string][] = [
    ['Prune Lab', versions.pruneLab],
    ['Node', versions.node],
    ['TensorFlow.js', versions.tfjs],
    ['TensorFlow', versions.tensorflow],
    ['Platform', `${versions.platform}, ${versions.cpu}`],
    ['Device', DEVICE_WORDS[versions.device ?? 'cpu']],
    ['oneDNN', versions.oneDNN ? 'on' : 'off'],
    ['Threads', String(versions.threads)],
    ['Start of the engine', `${Math.round(startMs)} ms`],
  ];
  return [
    '# Environment of Prune Lab',
    verdict,
    '## Versions',
    table(
      [
        ['what', 'left'],
        ['version', 'left'],
      ],
      facts,
    ),
    '## Native kernels',
    `- Came from: ${kernels.source} (${ORIGINS[from]})\n- Folder: \`${kernels.folder}\``,
    '## Checks',
    table(
      [
        ['check', 'left'],
        ['largest difference', 'right'],
        ['result', 'left'],
      ],
      checks.map((check) => [check.name, figures(check.maxAbsDiff), check.ok ? 'ok' : 'failed']),
    ),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}
