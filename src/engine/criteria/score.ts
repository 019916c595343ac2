import type { Prune } from '../../config/schema';
import type { PrunableWeights } from '../prune/layer';
import { stream } from '../random';
import type { FStatistics } from '../screening/fStatistic';
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
  prune: Exclude<Prune, { method: 'none' }>,
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
