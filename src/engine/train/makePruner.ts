import { cutsChannels, type Experiment } from '../../config/schema';
import type { Dataset } from '../data/dataset';
import { prunableLayers, type ChannelSite, type WeightNode } from '../nn/graph';
import type { PlannedEpoch } from '../prune/plan';
import type { Units } from '../prune/units';
import { ofPositions, pixelStatistics } from '../screening/pixels';
import type { Start } from '../start';
import { ChannelPruner } from './channelPruner';
import type { Checkpoint } from './checkpoint';
import { InputPruner } from './inputPruner';
import { Network } from './network';
import type { Pruner } from './pruner';
import type { Samples } from './samples';
import { WeightPruner } from './weightPruner';

export interface PrunerOptions {
  experiment: Experiment;
  dataset: Dataset;
  start: Start;
  /** Where training was interrupted; null where it begins. */
  resumed: Checkpoint | null;
  plan: readonly PlannedEpoch[];
  /** What is cut. */
  pruned: readonly Units[];
  train: Samples;
  signal: AbortSignal;
}

/** The pruner of the experiment's method, with its network. */
export function makePruner({ experiment, dataset, start, resumed, plan, pruned, train, signal }: PrunerOptions): Pruner {
  const { prune, seed } = experiment;
  if (prune.method === 'none') throw new Error('nothing to prune');
  const { batch, epochs } = experiment.train;
  const { graph } = start;
  const pixels = () => ofPositions(pixelStatistics(dataset.train, dataset.classes), start.inputs?.kept);
  if (prune.method === 'induced')
    return new InputPruner({ prune, network: networkOf(start, resumed), epochs, plan, seed, f: () => pixels().f });
  const shared = { plan, seed, classes: dataset.classes, train, batch };
  if (cutsChannels(prune)) {
    return new ChannelPruner({
      ...shared,
      prune,
      graph,
      values: resumed?.values ?? start.values,
      velocities: resumed?.velocities ?? null,
      sites: pruned as ChannelSite[],
      // A network that is not trained after its only cut need not be rebuilt before it is compacted.
      shrink: prune.shrink && prune.schedule.name !== 'one-shot',
      rebuilds: resumed && resumed.facts.rebuilds,
      signal,
    });
  }
  return new WeightPruner({
    ...shared,
    prune,
    network: networkOf(start, resumed),
    layers: pruned as WeightNode[],
    outputLayer: prunableLayers(graph).at(-1)!.name,
    pixels,
  });
}

/** The network as a phase begins, or as a checkpoint of it left it. */
export function networkOf({ graph, values }: Pick<Start, 'graph' | 'values'>, resumed: Checkpoint | null): Network {
  const network = new Network(graph, resumed?.values ?? values);
  if (resumed) network.setVelocities(resumed.velocities);
  return network;
}
