/** How much memory a run will need, estimated before it begins: which large arrays there are at its fullest moment. */
import { cutsChannels, DEFAULT_EVERY, isLasso, type Experiment } from '../../config/schema';
import type { Dataset } from '../data/dataset';
import { countGraph } from '../nn/count';
import { prunableLayers, sources, weightCount, type ChannelSite, type Graph, type InputNode } from '../nn/graph';
import type { KeptInputs } from '../nn/keptInputs';
import { shapes, volume } from '../nn/shapes';
import { layersToCut } from '../prune/units';
import { calibrationBytes } from '../train/calibration';
import { channelStatisticsBytes } from '../train/channelStatistics';
import { inferenceRows } from '../train/evaluate';
import { rereadOutputs, REREADS } from '../train/layers/layer';
import { responseOf } from '../train/lassoRanking';
import { residentBytes } from '../train/samples';
import { gathererBytes } from '../train/statistics';

/** Node with TensorFlow's library and the program's own objects: of a run with hardly any data or parameters 340 MB was measured on Linux. */
const KERNELS = 340e6;

/** Numbers that are held for each parameter with the kernels: weight, momentum and mask, the graph's copies of them, and the gradient. */
const WITH_KERNELS = 7;

/** And while a network is measured: its values as they are read, the model's bytes, and those packed. */
const MEASURED = 3;

/**
 * In the end, when none is trained any more, while two take turns at being timed, of each: the values in the form for inference, with the kernels
 * twice, and of its graph the constants, their bytes, the file of them, and what TensorFlow makes of that and optimises.
 */
const TIMED = 2 * (3 + 5);

/** Tensors of the largest node's size at once beside those that are kept: a gradient, the one made from it, what the kernel works in. */
const IN_WORK = 3;

/**
 * Bytes for each weight that may be cut while it is decided which ones are: F, eta² and what they are made of, scores before and after they were
 * normalised and mixed, and those that the selection still looks at, all float64.
 */
const RANKED = { screened: 8 * 10, alone: 8 * 4 };

export interface MemoryEstimate {
  kernels: number;
  data: number;
  parameters: number;
  /** What the statistics of a criterion hold while it is trained. */
  statistics: number;
  /** The most that a training step, an evaluation or a cut needs at a time. */
  working: number;
  total: number;
}

export interface Planned {
  experiment: Experiment;
  /** Before any cut. */
  graph: Graph;
  dataset: Pick<Dataset, 'train' | 'validation' | 'test' | 'augment' | 'classes'>;
  /** What the network reads of each sample; null where all. */
  inputs: KeptInputs | null;
}

/** Bytes that a run holds at its fullest moment. */
export function estimateMemory(planned: Planned): MemoryEstimate {
  const { experiment, graph } = planned;
  const pruning = pruningBytes(planned);
  const parts = {
    kernels: KERNELS,
    data: dataBytes(planned),
    parameters: parameterBytes(experiment, graph),
    statistics: pruning.held,
    working: Math.max(
      stepBytes(graph, experiment.train.batch) + pruning.observing,
      inferenceBytes(graph, Math.max(inferenceRows(graph), experiment.measure.latency.batch)),
      pruning.cut,
    ),
  };
  return { ...parts, total: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0) };
}

/** The samples as they were read, and as they lie with the kernels: of a run that selects inputs a second time, those that it kept. */
function dataBytes({ experiment, graph, dataset, inputs }: Planned): number {
  const input = graph.nodes[0] as InputNode;
  const { prune } = experiment;
  return [dataset.train, dataset.validation, dataset.test].reduce((sum, { pixels, labels, count }) => {
    const features = inputs?.kept.length ?? pixels.length / count;
    const read = [features, ...(prune.method === 'induced' ? [Math.ceil(prune.keep * features)] : [])];
    const resident = read.map((numbers) => residentBytes(input, dataset.augment, count, numbers)).reduce((a, b) => a + b);
    return sum + pixels.byteLength + labels.byteLength + 4 * labels.length + resident;
  }, 0);
}

/**
 * In the program the initial values, and what a checkpoint is made of: weights and momentum of the last epoch, the best weights and the masked ones
 * where the run has any. The checkpoint's bytes are put together, and then joined to their digest.
 */
function parameterBytes({ fineTune, measure }: Experiment, graph: Graph): number {
  const checkpoint = 2 + (measure.select === 'best-validation' ? 1 : 0) + (fineTune ? 1 : 0);
  return 4 * countGraph(graph).params * (1 + 3 * checkpoint + Math.max(WITH_KERNELS + MEASURED, TIMED));
}

/** What the backward pass reads again is kept, which is all that statistics look at too. */
function stepBytes(graph: Graph, batch: number): number {
  const shapeOf = shapes(graph);
  const size = (name: string) => volume(shapeOf.get(name)!);
  const kept = new Set(
    graph.nodes.flatMap((node) => {
      if (node.op === 'input') return [node.name];
      return rereadOutputs(node.name, sources(node), REREADS[node.op]);
    }),
  );
  const largest = Math.max(...graph.nodes.map(({ name }) => size(name)));
  return 4 * batch * ([...kept].reduce((sum, name) => sum + size(name), 0) + IN_WORK * largest);
}

/** Outputs that are still to be read, where these are most, and what the kernel works in. */
function inferenceBytes(graph: Graph, batch: number): number {
  const shapeOf = shapes(graph);
  const size = (name: string) => volume(shapeOf.get(name)!);
  const lastReader = new Map<string, string>();
  for (const node of graph.nodes) for (const name of [node.name, ...sources(node)]) lastReader.set(name, node.name);
  const released = new Map<string, number>();
  for (const [name, reader] of lastReader) released.set(reader, (released.get(reader) ?? 0) + size(name));
  let alive = 0;
  let most = 0;
  for (const { name } of graph.nodes) {
    alive += size(name);
    most = Math.max(most, alive + size(name));
    alive -= released.get(name) ?? 0;
  }
  return 4 * batch * most;
}

interface Pruning {
  /** As long as there are statistics. */
  held: number;
  /** Beside a training step that is observed. */
  observing: number;
  /** While it is cut. */
  cut: number;
}

const NOTHING: Pruning = { held: 0, observing: 0, cut: 0 };

function pruningBytes({ experiment, graph, dataset }: Planned): Pruning {
  const { prune } = experiment;
  const { classes, train } = dataset;
  const { batch } = experiment.train;
  if (prune.method === 'none') return NOTHING;
  // A number for each input is nothing beside the weights that read it.
  if (prune.method === 'induced') return NOTHING;
  if (cutsChannels(prune)) {
    const sites = layersToCut(experiment, graph) as ChannelSite[];
    if (isLasso(prune)) {
      const samples = Math.min(prune.calibration.samples, train.count);
      const { working, problems } = calibrationBytes(graph, { sites, classes, response: responseOf(prune), samples });
      return { ...NOTHING, cut: working + problems };
    }
    if (prune.method !== 'cls' || prune.criterion.lambda === 0) return NOTHING;
    return { ...NOTHING, cut: channelStatisticsBytes(graph, { criterion: prune.criterion, classes, batch, sites }) };
  }
  const weights = prunableLayers(graph).reduce((sum, layer) => sum + weightCount(layer), 0);
  if (prune.method !== 'wls' || prune.criterion.lambda === 0) return { ...NOTHING, cut: RANKED.alone * weights };
  const { feature, decay } = prune.criterion;
  const every = prune.criterion.every ?? DEFAULT_EVERY[feature];
  const own = gathererBytes(feature, graph, classes, batch);
  // In one epoch all batches are looked at too, to say what the sampling changes.
  const all = every > 1 ? own.held : 0;
  // What is carried on to the next epoch is copied for the checkpoint, and stands in its bytes.
  const carried = decay > 0 ? 3 * own.held : 0;
  return {
    held: own.held + all + carried,
    observing: own.working,
    cut: RANKED.screened * weights,
  };
}
