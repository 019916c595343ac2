import type { ChannelPrune, RankedChannelPrune, WeightPrune } from '../../config/schema';
import type { PrunableWeights } from '../prune/layer';
import { stream } from '../random';
import type { FStatistics } from '../screening/fStatistic';
import { channelScreeningScores } from './channelScreening';
import { filterNormScores } from './filterNorm';
import type { Filters } from './filters';
import { fpgmScores } from './fpgm';
import { hanScores } from './han';
import { magnitudeScores } from './magnitude';
import { randomScores } from './random';
import { screeningScores } from './screening';

/**
 * How much each connection is worth keeping by the experiment's method, by layer, [inputs × outputs]; -Infinity where it is pruned.
 *
 * @param context statistics by layer name where the method screens; seed of the run, for the random baseline
 */
export function scoreConnections(
  prune: WeightPrune,
  layers: readonly PrunableWeights[],
  context: { statistics: ReadonlyMap<string, FStatistics> | null; seed: number },
): Float64Array[] {
  switch (prune.method) {
    case 'wls':
      return screeningScores(layers, prune.criterion, context.statistics);
    case 'magnitude':
    case 'dsc':
      return magnitudeScores(layers);
    case 'han':
      return hanScores(layers);
    case 'random':
      return randomScores(layers, stream(context.seed, 'random-criterion'));
  }
}

export interface ChannelContext {
  /** By site, where the method screens and its lambda is above 0. */
  statistics: ReadonlyMap<string, FStatistics> | null;
  /** Of the run, for the random baseline. */
  seed: number;
  /** By site, where the method ranks by filters (`ranksFilters`). */
  filters: Filters | null;
}

/**
 * How much each channel is worth keeping by the experiment's method, by site, [channels]; finite, and -Infinity where it is pruned.
 *
 * @param layers the sites as layers of one input: weights = gamma of the batch norm (not looked at for scores that gammas do not count in),
 * [1 × channels]
 */
export function scoreChannels(prune: RankedChannelPrune, layers: readonly PrunableWeights[], context: ChannelContext): Float64Array[] {
  if (prune.method === 'cls') return channelScreeningScores(layers, prune.criterion, context.statistics);
  // Network slimming (Liu et al. 2017) and direct sparsity control (Guo, She & Barbu 2021) both rank by |gamma|.
  const score = prune.method === 'channels' ? prune.score : 'gamma';
  switch (score) {
    case 'gamma':
      return magnitudeScores(layers);
    case 'random':
      return randomScores(layers, stream(context.seed, 'random-criterion'));
    case 'l1':
    case 'l2':
      return filterNormScores(layers, needed(context.filters), score);
    case 'fpgm':
      return fpgmScores(layers, needed(context.filters));
  }
}

/** Does the method rank channels by their filters? */
export const ranksFilters = (prune: ChannelPrune): boolean =>
  prune.method === 'channels' && (prune.score === 'l1' || prune.score === 'l2' || prune.score === 'fpgm');

function needed(filters: Filters | null): Filters {
  if (!filters) throw new Error('this score needs filters');
  return filters;
}
