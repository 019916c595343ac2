/** What an experiment's method may cut, as far as the experiment itself tells: a saved network, or data that is not read yet, has the rest. */
import { architecture } from '../engine/nn/architectures';
import { countGraph } from '../engine/nn/count';
import { channelSites, matchesPattern, prunableLayers, weightCount, type ChannelSite, type ConvNode, type Graph } from '../engine/nn/graph';
import { sitesNotSummed } from '../engine/nn/summed';
import { PruneError } from '../shared/errors';
import { cutsChannels, isLasso, type Data, type Experiment, type Model } from './schema';

export interface Layer {
  name: string;
  /** Weights of the layer, or channels where the method cuts channels. */
  count: number;
  /** Of the layer whose outputs are the classes: how many there are, and how many connections each has. */
  classes: { outputs: number; inputs: number } | null;
}

export interface Layers {
  /** What is counted: weights of dense layers and convolutions, or channels of batch norms (of layers, in a network without any), neurons among them. */
  of: 'weights' | 'channels';
  /** Everything that could be cut, in order. */
  all: readonly Layer[];
  /** What `prune.layers` names of it. */
  pruned: readonly Layer[];
  hasBatchNorm: boolean;
  /** What a network that selects inputs keeps a fraction of: the numbers of a sample, or where convolutions read it the image's channels. */
  inputs: { of: 'inputs' | 'channels'; count: number };
  /** The convolution that reads the image; null where none does. */
  firstConv: ConvNode | null;
  /** False where the counts depend on samples that are not read yet; the names do not. */
  isCounted: boolean;
  /** The same of `inputs`. */
  areInputsCounted: boolean;
}

/** null where the layers' names are not known. */
export function layersOf({ model, data, prune }: Pick<Experiment, 'model' | 'data' | 'prune'>): Layers | null {
  const graph = graphOf(model, data);
  if (!graph) return null;
  const of = cutsChannels(prune) || prune.method === 'induced' ? 'channels' : 'weights';
  const { image, classes } = samplesOf(data);
  const all = of === 'weights' ? weightLayers(graph) : channelLayers(isLasso(prune) ? sitesNotSummed(graph) : channelSites(graph));
  const patterns = prune.method === 'none' ? [] : prune.layers;
  return {
    of,
    all,
    pruned: all.filter(({ name }) => patterns.some((pattern) => matchesPattern(name, pattern))),
    hasBatchNorm: graph.nodes.some(({ op }) => op === 'batch-norm'),
    inputs: inputsOf(graph),
    firstConv: graph.nodes.find((node) => node.op === 'conv') ?? null,
    isCounted: of === 'channels' || classes !== null,
    areInputsCounted: image !== null,
  };
}

/** Parameters and multiply-accumulates of the whole network; null where the network or its samples are not known. */
export function sizeOf({ model, data }: Pick<Experiment, 'model' | 'data'>): { params: number; macs: number } | null {
  const { image, classes } = samplesOf(data);
  const graph = image && classes !== null ? graphOf(model, data) : null;
  return graph && countGraph(graph);
}

function inputsOf(graph: Graph): Layers['inputs'] {
  const { features, image } = graph.nodes.find((node) => node.op === 'input')!;
  const isImage = image !== null && graph.nodes.some(({ op }) => op === 'conv');
  return isImage ? { of: 'channels', count: image.at(-1)! } : { of: 'inputs', count: features };
}

const channelLayers = (sites: readonly ChannelSite[]): Layer[] =>
  sites.map(({ name, channels }) => ({ name, count: channels, classes: null }));

function weightLayers(graph: Graph): Layer[] {
  const nodes = prunableLayers(graph);
  return nodes.map((node) => {
    const { outputs } = node;
    const count = weightCount(node);
    return { name: node.name, count, classes: node === nodes.at(-1) ? { outputs, inputs: count / outputs } : null };
  });
}

/** The runs of a sweep mostly have the same network, which may have hundreds of layers. */
let last: { key: string; graph: Graph | null } | null = null;

function graphOf(model: Model, data: Data): Graph | null {
  if (model.name === 'saved') return null;
  const key = JSON.stringify([model, samplesOf(data)]);
  if (last?.key !== key) last = { key, graph: built(model, data) };
  return last.graph;
}

function built(model: Model, data: Data): Graph | null {
  try {
    // Layers are called the same for images and classes of any number.
    const { image, classes } = samplesOf(data);
    return architecture(model, image ?? [32, 32, 3], classes ?? 10);
  } catch (error) {
    // A network that these images are too small for: the run says so, who knows the data.
    if (error instanceof PruneError) return null;
    throw error;
  }
}

/** What the data says of its samples before it is read; null where that is in the files. */
export interface Samples {
  /** [height, width, channels]. */
  image: readonly number[] | null;
  classes: number | null;
}

export function samplesOf(data: Data): Samples {
  switch (data.name) {
    case 'mnist':
    case 'fashion-mnist':
    case 'digits':
      return { image: [28, 28, 1], classes: 10 };
    case 'cifar-10':
      return { image: [32, 32, 3], classes: 10 };
    case 'cifar-100':
      return { image: [32, 32, 3], classes: 100 };
    case 'images':
      return { image: [data.size, data.size, data.channels], classes: null };
    case 'npy':
      return { image: null, classes: null };
  }
}
