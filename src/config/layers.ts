/** What an experiment's method may cut, as far as the experiment itself tells: a saved network, or data that is not read yet, has the rest. */
import { architecture } from '../engine/nn/architectures';
import { channelSites, matchesPattern, prunableLayers, weightCount, type Graph } from '../engine/nn/graph';
import { PruneError } from '../shared/errors';
import { cutsChannels, type Data, type Experiment, type Model } from './schema';

export interface Layer {
  name: string;
  /** Weights of the layer, or channels where the method cuts channels. */
  count: number;
  /** Of the layer whose outputs are the classes: how many there are, and how many connections each has. */
  classes: { outputs: number; inputs: number } | null;
}

export interface Layers {
  /** What is counted: weights of dense layers and convolutions, or channels of batch norms (of layers, in a network without any). */
  of: 'weights' | 'channels';
  /** Everything that could be cut, in order. */
  all: readonly Layer[];
  /** What `prune.layers` names of it. */
  pruned: readonly Layer[];
  hasBatchNorm: boolean;
  /** False where the counts depend on samples that are not read yet; the names do not. */
  isCounted: boolean;
}

/** null where the layers' names are not known. */
export function layersOf({ model, data, prune }: Pick<Experiment, 'model' | 'data' | 'prune'>): Layers | null {
  const graph = graphOf(model, data);
  if (!graph) return null;
  const of = cutsChannels(prune) ? 'channels' : 'weights';
  const all = of === 'channels' ? channelLayers(graph) : weightLayers(graph);
  const patterns = prune.method === 'none' ? [] : prune.layers;
  return {
    of,
    all,
    pruned: all.filter(({ name }) => patterns.some((pattern) => matchesPattern(name, pattern))),
    hasBatchNorm: graph.nodes.some(({ op }) => op === 'batch-norm'),
    isCounted: of === 'channels' || (data.name !== 'images' && data.name !== 'npy'),
  };
}

const channelLayers = (graph: Graph): Layer[] =>
  channelSites(graph).map(({ name, channels }) => ({ name, count: channels, classes: null }));

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
  const key = JSON.stringify([model, imageOf(data), classesOf(data)]);
  if (last?.key !== key) last = { key, graph: built(model, data) };
  return last.graph;
}

function built(model: Model, data: Data): Graph | null {
  try {
    return architecture(model, imageOf(data), classesOf(data));
  } catch (error) {
    // A network that these images are too small for: the run says so, who knows the data.
    if (error instanceof PruneError) return null;
    throw error;
  }
}

/** Of npy files the shape is in the files, and the classes are those that they have; layers are called the same for any. */
function imageOf(data: Data): number[] {
  switch (data.name) {
    case 'mnist':
    case 'fashion-mnist':
    case 'digits':
      return [28, 28, 1];
    case 'cifar-10':
    case 'cifar-100':
    case 'npy':
      return [32, 32, 3];
    case 'images':
      return [data.size, data.size, data.channels];
  }
}

const classesOf = (data: Data): number => (data.name === 'cifar-100' ? 100 : 10);
