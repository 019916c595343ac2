/** Puts a finished run's report together and writes everything that the run leaves: models, masks, tables, report.json last. */
import path from 'node:path';
import type { Compact } from '../compact/selected';
import type { ChannelScreening, Experiment, InputScore, LassoPrune, Screening } from '../../config/schema';
import { cutsChannels, DEFAULT_EVERY } from '../../config/schema';
import type { Dataset } from '../data/dataset';
import type { RunContext } from '../context';
import { versions } from '../kernels/runtime';
import { prunableLayers, type ChannelSite, type Graph } from '../nn/graph';
import type { RunState } from '../state';
import type { KeptInputs } from '../nn/keptInputs';
import type { NetworkValues } from '../nn/values';
import type { Units } from '../prune/units';
import { RUN_FILES } from '../../shared/ids';
import { Report, type HistoryRow, type Stage } from '../../shared/report';
import { assertRunIsThere, toJson, writeAtomic } from '../../store/atomic';
import { sealed } from '../../store/seal';
import { weightHistogram } from './histogram';
import { channelTable } from './channels';
import { heatmap, layerRows, layersCsv, writeMasks } from './masks';
import { writeInputs } from './inputs';
import { plainNormalise, writeModels } from './models';

export interface Results {
  dataset: Dataset;
  graph: Graph;
  /** What the experiment cuts: layers of weights, or of channels, or the input. */
  pruned: readonly Units[];
  masked: NetworkValues;
  /** What the masked network reads of each sample; null where all. */
  read: KeptInputs | null;
  compact: Compact;
  stages: Stage[];
  parity: Report['parity'] | null;
}

export async function writeReport(context: RunContext, state: RunState, results: Results): Promise<Report> {
  const { experiment, runDir, emit } = context;
  const { dataset, graph, pruned, masked, compact } = results;
  const artefact = (kind: string, file: string) => emit({ type: 'artefact', kind, file });

  assertRunIsThere(runDir);
  await writeModels(runDir, results, artefact);
  const maskFiles = await writeMasks(runDir, graph, masked);
  for (const file of maskFiles.values()) artefact('mask', file);
  for (const { coefficients } of state.lasso?.layers ?? []) artefact('coefficients', coefficients.file);
  const { prune } = experiment;
  const byChannel = cutsChannels(prune) || prune.method === 'induced';
  const layers = layerRows(graph, masked, compact.graph, byChannel);
  const channels = cutsChannels(prune) ? channelTable(graph, pruned as readonly ChannelSite[], masked) : null;
  const inputs =
    prune.method === 'induced' && compact.selected
      ? await writeInputs(runDir, { dataset, graph, masked, limits: compact.limits, inputs: compact.selected, keep: prune.keep })
      : null;
  if (inputs) artefact('mask', RUN_FILES.inputMask);
  await writeAtomic(path.join(runDir, RUN_FILES.layers), layersCsv(layers));
  artefact('layers', RUN_FILES.layers);

  const counted = byChannel || pruned.length === 0 ? layers : layers.filter(({ name }) => pruned.some((layer) => layer.name === name));
  const report: Report = Report.parse({
    schema: 1,
    name: experiment.name,
    label: context.label,
    seed: experiment.seed,
    configHash: context.configHash,
    dataset: {
      name: dataset.name,
      source: dataset.source,
      train: dataset.train.count,
      validation: dataset.validation.count,
      test: dataset.test.count,
      shape: [...dataset.image],
      classes: dataset.classes,
      normalise: plainNormalise(dataset.normalise),
      digests: dataset.digests,
    },
    model: { name: graph.name, description: graph.description },
    method: prune.method,
    criterion: criterionText(prune),
    lambda: lambdaOf(prune),
    keep: prune.method === 'none' ? 1 : prune.keep,
    budget: cutsChannels(prune) && prune.budget !== 'channels' ? prune.budget : null,
    kept: { weights: sum(counted.map((l) => l.kept)), total: sum(counted.map((l) => l.total)) },
    channels,
    inputs,
    lasso: state.lasso,
    shrinking: shrinking(state),
    stages: results.stages,
    layers,
    removed: compact.removed,
    parity: results.parity,
    floors: state.floors,
    selection: selection(experiment, state.history),
    screening: screening(prune, state),
    history: state.history,
    heatmap: heatmap(graph, masked, maskFiles),
    weightHistogram: weightHistogram(
      prunableLayers(compact.graph).map(({ name }) => ({ name, weights: compact.values.get(name)!.weights })),
    ),
    versions: versions(),
    peakRss: process.resourceUsage().maxRSS * 1024,
    times: {
      started: state.started.toISOString(),
      finished: new Date().toISOString(),
      stages: state.seconds,
      total: (Date.now() - state.started.getTime()) / 1000,
    },
  } satisfies Report);
  await state.endMetrics();
  await writeAtomic(path.join(runDir, RUN_FILES.report), toJson(sealed(report)));
  artefact('report', RUN_FILES.report);
  return report;
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** Null where the method has none. */
function lambdaOf(prune: Experiment['prune']): number | null {
  if (prune.method === 'wls' || prune.method === 'cls') return prune.criterion.lambda;
  return prune.method === 'induced' && prune.criterion.name === 'weights' && prune.criterion.lambda > 0 ? prune.criterion.lambda : null;
}

function screening(prune: Experiment['prune'], state: RunState): Report['screening'] {
  if (prune.method === 'cls' && prune.criterion.lambda > 0) return { feature: prune.criterion.feature, every: 1, sampling: null };
  if (prune.method !== 'wls' || prune.criterion.lambda === 0) return null;
  const { feature, every } = prune.criterion;
  return { feature, every: every ?? DEFAULT_EVERY[feature], sampling: state.sampling };
}

/** Seconds of training against the same epochs at the speed of those before the first cut. */
function shrinking({ rebuilds, history }: RunState): Report['shrinking'] {
  const epochs = history.filter((row) => row.phase === 'train');
  const dense = epochs.filter((_, i) => i === 0 || epochs[i - 1]!.keep === 1);
  if (rebuilds === 0 || dense.length === 0) return null;
  const perEpoch = sum(dense.map((row) => row.seconds)) / dense.length;
  return { rebuilds, seconds: sum(epochs.map((row) => row.seconds)), secondsWithout: perEpoch * epochs.length };
}

/** The last epoch, that of the lowest validation and that of the lowest test error, among the last phase's epochs at the final sparsity. */
function selection(experiment: Experiment, history: readonly HistoryRow[]): Report['selection'] {
  const lastPhase = history.at(-1)?.phase;
  const rows = history.filter((row) => row.phase === lastPhase && row.testError !== null);
  if (rows.length === 0) return null;
  const pick = (row: HistoryRow) => ({ epoch: row.epoch, validationError: row.validationError, testError: row.testError! });
  const lowest = (of: (row: HistoryRow) => number) => rows.reduce((best, row) => (of(row) < of(best) ? row : best));
  return {
    used: experiment.measure.select,
    last: pick(rows.at(-1)!),
    bestValidation: pick(lowest((row) => row.validationError ?? Infinity)),
    bestTest: pick(lowest((row) => row.testError!)),
  };
}

function criterionText(prune: Experiment['prune']): string {
  switch (prune.method) {
    case 'none':
      return 'none';
    case 'wls':
      return hybridText(prune.criterion, '|w|');
    case 'cls':
      return hybridText(prune.criterion, '|gamma|');
    case 'slimming':
    case 'dsc-channels':
      return '|gamma|';
    case 'channels':
      return prune.score === 'gamma' ? '|gamma|' : prune.score;
    case 'random':
      return 'random';
    case 'han':
      return '|w| by layer';
    case 'sglp-ib':
      return `graph-structured ${prune.signed ? 'signed ' : ''}lasso on ${responseText(prune)} (tau ${prune.tau})`;
    case 'stlp-ib':
      return `tree-guided lasso on ${responseText(prune)}${prune.l1 > 0 ? ` (l1 ${prune.l1})` : ''}`;
    case 'apib':
      return "signed HSIC lasso on the layer's output";
    case 'hsic-lasso':
      return 'HSIC lasso on the label';
    case 'induced':
      return inputText(prune.criterion);
    default:
      return prune.scope === 'layer' ? '|w| by layer' : '|w|';
  }
}

function responseText({ response }: Extract<LassoPrune, { response: unknown }>): string {
  switch (response) {
    case 'logit':
      return "the classes' logits";
    case 'label':
      return "the classes' labels";
    case 'feature':
      return "the layer's output by class";
  }
}

function hybridText({ lambda, feature, screening, magnitude }: Screening | ChannelScreening, size: string): string {
  const norm = (of: { norm: string; scope: 'global' | 'layer' }) => `${of.norm} over ${of.scope === 'layer' ? 'each layer' : 'all layers'}`;
  const rest = Number((1 - lambda).toPrecision(12));
  if (lambda === 0) return `${size} (${norm(magnitude)})`;
  if (lambda === 1) return `F (${feature}, ${norm(screening)})`;
  return `${lambda}·F (${feature}, ${norm(screening)}) + ${rest}·${size} (${norm(magnitude)})`;
}

function inputText(criterion: InputScore): string {
  if (criterion.name === 'random') return 'random inputs';
  const { lambda, norm } = criterion;
  const size = norm === 'l1' ? 'mean |w| of the input' : 'root mean square of w of the input';
  if (lambda === 0) return size;
  if (lambda === 1) return 'F of the input';
  return `${lambda}·rank of F of the input + ${Number((1 - lambda).toPrecision(12))}·rank of ${size}`;
}
