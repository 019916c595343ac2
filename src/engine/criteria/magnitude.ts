/**
 * Magnitude criterion: score = |w| (Han et al. 2015; direct sparsity control ranks by it too). Of a batch norm w is the scale of each channel:
 * |gamma| (network slimming, Liu et al. 2017).
 */
import type { PrunableWeights } from '../prune/layer';

/** Scores by layer, [inputs × outputs]; -Infinity where the connection is pruned. */
export function magnitudeScores(layers: readonly PrunableWeights[]): Float64Array[] {
  return layers.map(({ weights, mask }) => {
    const scores = new Float64Array(weights.length);
    for (let e = 0; e < scores.length; e++) scores[e] = mask[e] === 1 ? Math.abs(weights[e]!) : -Infinity;
    return scores;
  });
}
