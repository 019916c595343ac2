/** What a run counts and cuts: weights of layers, or channels of sites. */
import { cutsChannels, type Experiment } from '../../config/schema';
import { channelSites, matchesPattern, prunableLayers, weightCount, type ChannelSite, type Graph, type WeightNode } from '../nn/graph';
import { pruneErrors } from './errors';

export const unitCount = (layers: readonly (WeightNode | ChannelSite)[]): number =>
  layers.reduce((sum, layer) => sum + ('channels' in layer ? layer.channels : weightCount(layer)), 0);

/** All that could be cut by the experiment's method. */
export const unitLayers = ({ prune }: Experiment, graph: Graph): (WeightNode | ChannelSite)[] =>
  cutsChannels(prune) ? channelSites(graph) : prunableLayers(graph);

/**
 * Those that its patterns choose. Checks of the file have seen the same, but for a saved model, whose layers are known only now.
 *
 * @throws PruneError prune/no-such-layer, prune/needs-batch-norm
 */
export function layersToCut(experiment: Experiment, graph: Graph): (WeightNode | ChannelSite)[] {
  const { prune } = experiment;
  if (prune.method === 'none') return [];
  const layers = unitLayers(experiment, graph);
  for (const pattern of prune.layers) {
    if (!layers.some(({ name }) => matchesPattern(name, pattern)))
      throw pruneErrors.noSuchLayer(
        pattern,
        layers.map(({ name }) => name),
      );
  }
  const needsGamma = prune.method === 'channels' ? prune.score === 'gamma' : cutsChannels(prune);
  if (needsGamma && layers.some((layer) => layer.op !== 'batch-norm')) throw pruneErrors.needsBatchNorm(prune.method);
  return layers.filter(({ name }) => prune.layers.some((pattern) => matchesPattern(name, pattern)));
}
