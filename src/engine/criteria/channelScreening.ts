/**
 * Hybrid criterion of channel-level screening (pruning by screening, eq. 6): R = lambda·F~ + (1 - lambda)·|gamma|~, where F is the F-statistic
 * of the channel over training samples, gamma the scale of its batch norm, and ~ a normalisation over living channels. As for weights, the
 * paper's formula for ~ and which term lambda multiplies are not known to us: lambda = 1 is screening alone, lambda = 0 is |gamma| alone.
 */
import type { ChannelScreening } from '../../config/schema';
import type { PrunableWeights } from '../prune/layer';
import type { FStatistics } from '../screening/fStatistic';
import { screeningScores } from './screening';

/**
 * Scores by batch norm, [channels]; -Infinity where the channel is pruned.
 *
 * @param layers batch norms as layers of one input: weights = gamma, [1 × channels]
 * @param statistics by batch norm, of each channel; not looked at where lambda = 0
 */
export function channelScreeningScores(
  layers: readonly PrunableWeights[],
  criterion: Pick<ChannelScreening, 'lambda' | 'screening' | 'magnitude'>,
  statistics: ReadonlyMap<string, FStatistics> | null,
): Float64Array[] {
  // A channel has a weight (gamma) and a statistic, as a connection has.
  return screeningScores(layers, criterion, statistics);
}
