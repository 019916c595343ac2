/** Puts a finished run's report together and writes everything that the run leaves: models, masks, tables, report.json last. */
import path from 'node:path';
import type { Compact } from '../compact/compact';
import type { Experiment } from '../../config/schema';
import { DEFAULT_EVERY } from '../../config/schema';
import type { Dataset } from '../data/dataset';
import type { RunContext } from '../context';
import { versions } from '../kernels/runtime';
import { prunableLayers, type DenseNode, type Graph } from '../nn/graph';
import type { RunState } from '../state';
import type { NetworkValues } from '../train/network';
import { RUN_FILES } from '../../shared/ids';
import { Report, type HistoryRow } from '../../shared/report';
import { toJson, writeAtomic } from '../../store/atomic';
import { weightHistogram } from './histogram';
import { heatmap, layerRows, layersCsv, writeMasks } from './masks';
import { saveLayersModel } from './model';

export interface Results {
  dataset: Dataset;
  graph: Graph;
  /** The layers that the experiment prunes. */
  pruned: readonly DenseNode[];
  masked: NetworkValues;
  compact: Compact;
  parity: Report['parity'] | null;
}

export async function writeReport(context: RunContext, state: RunState, results: Results): Promise<Report> {
  const { experiment, runDir, emit } = context;
  const { dataset, graph, pruned, masked, compact } = results;
  const artefact = (kind: string, file: string) => emit({ type: 'artefact', kind, file });

  const metadata = {
    dataset: dataset.name,
    input: `[batch, ${dataset.image.join(' × ')} flattened row by row], (pixel / 255 - mean) / std`,
    normalise: dataset.normalise,
    output: 'logits',
  };
  await saveLayersModel(path.join(runDir, RUN_FILES.maskedModel), graph, masked, metadata);
  artefact('model', RUN_FILES.maskedModel);
  await saveLayersModel(path.join(runDir, RUN_FILES.compactModel), compact.graph, compact.values, metadata);
  artefact('model', RUN_FILES.compactModel);
  const maskFiles = await writeMasks(runDir, graph, masked);
  for (const file of maskFiles.values()) artefact('mask', file);
  const layers = layerRows(graph, masked, compact.graph);
  await writeAtomic(path.join(runDir, RUN_FILES.layers), layersCsv(layers));
  artefact('layers', RUN_FILES.layers);

  const { prune } = experiment;
  const keptIn = (names: Iterable<string>) => [...names].reduce((sum, name) => sum + layers.find((l) => l.name === name)!.kept, 0);
  const totals = pruned.reduce((sum, l) => sum + l.inputs * l.outputs, 0) || layers.reduce((sum, l) => sum + l.total, 0);
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
      normalise: dataset.normalise,
      digests: dataset.digests,
    },
    model: { name: graph.name, description: graph.description },
    method: prune.method,
    criterion: criterionText(prune),
    lambda: prune.method === 'wls' ? prune.criterion.lambda : null,
    keep: prune.method === 'none' ? 1 : prune.keep,
    kept: { weights: keptIn((pruned.length > 0 ? pruned : prunableLayers(graph)).map((l) => l.name)), total: totals },
    stages: state.stages,
    layers,
    removed: compact.removed,
    parity: results.parity,
    floors: state.floors,
    selection: selection(experiment, state.history),
    screening:
      prune.method === 'wls' && prune.criterion.lambda > 0
        ? {
            feature: prune.criterion.feature,
            every: prune.criterion.every ?? DEFAULT_EVERY[prune.criterion.feature],
            sampling: state.sampling,
          }
        : null,
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
  await writeAtomic(path.join(runDir, RUN_FILES.report), toJson(report));
  artefact('report', RUN_FILES.report);
  return report;
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
    case 'wls': {
      const { lambda, feature, screening, magnitude } = prune.criterion;
      const norm = (of: { norm: string; scope: 'global' | 'layer' }) =>
        `${of.norm} over ${of.scope === 'layer' ? 'each layer' : 'all layers'}`;
      const rest = Number((1 - lambda).toPrecision(12));
      if (lambda === 0) return `|w| (${norm(magnitude)})`;
      if (lambda === 1) return `F (${feature}, ${norm(screening)})`;
      return `${lambda}·F (${feature}, ${norm(screening)}) + ${rest}·|w| (${norm(magnitude)})`;
    }
    case 'random':
      return 'random';
    case 'han':
      return '|w| by layer';
    default:
      return prune.scope === 'layer' ? '|w| by layer' : '|w|';
  }
}
