/** What a run counts and cuts: weights of layers, channels of sites, or numbers of the input. */
import { cutsChannels, isLasso, type Experiment } from '../../config/schema';
import {
  channelSites,
  matchesPattern,
  prunableLayers,
  weightCount,
  type ChannelSite,
  type Graph,
  type InputNode,
  type WeightNode,
} from '../nn/graph';
import { sitesNotSummed } from '../nn/summed';
import { aliveChannels, type NetworkValues } from '../nn/values';
import { pruneErrors } from './errors';

export type Units = WeightNode | ChannelSite | InputNode;

export const unitCount = (layers: readonly Units[]): number => layers.reduce((sum, layer) => sum + countOf(layer), 0);

function countOf(layer: Units): number {
  if (layer.op === 'input') return layer.features;
  return 'channels' in layer ? layer.channels : weightCount(layer);
}

/** Those of them that are alive. */
export const aliveUnits = (layers: readonly Exclude<Units, InputNode>[], values: NetworkValues): number =>
  layers.reduce((sum, layer) => sum + count('channels' in layer ? aliveChannels(layer, values) : values.get(layer.name)!.mask), 0);

const count = (mask: Uint8Array): number => mask.reduce((a, b) => a + b, 0);

/** All that could be cut by the experiment's method. */
export function unitLayers({ prune }: Experiment, graph: Graph): Units[] {
  if (prune.method === 'induced') return graph.nodes.filter((node) => node.op === 'input');
  if (isLasso(prune)) return sitesNotSummed(graph);
  return cutsChannels(prune) ? channelSites(graph) : prunableLayers(graph);
}

/**
 * Those that its patterns choose; of a method that selects inputs the input, and the patterns choose among hidden layers. Checks of the file have seen the same, but for a saved model, whose layers are known only now.
 *
 * @throws PruneError prune/no-such-layer, prune/needs-batch-norm
 */
export function layersToCut(experiment: Experiment, graph: Graph): Units[] {
  const { prune } = experiment;
  if (prune.method === 'none') return [];
  const layers = prune.method === 'induced' ? channelSites(graph) : unitLayers(experiment, graph);
  for (const pattern of prune.layers) {
    if (!layers.some(({ name }) => matchesPattern(name, pattern)))
      throw pruneErrors.noSuchLayer(
        pattern,
        layers.map(({ name }) => name),
      );
  }
  const needsGamma = prune.method === 'channels' ? prune.score === 'gamma' : cutsChannels(prune) && !isLasso(prune);
  if (needsGamma && layers.some((layer) => layer.op !== 'batch-norm')) throw pruneErrors.needsBatchNorm(prune.method);
  if (prune.method === 'induced') return unitLayers(experiment, graph);
  return layers.filter(({ name }) => prune.layers.some((pattern) => matchesPattern(name, pattern)));
}
