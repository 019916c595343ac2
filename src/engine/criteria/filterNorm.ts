/**
 * Filter norms: a channel is worth the L1 norm of the filter that makes it (Li et al. 2017, "Pruning filters for efficient ConvNets"), or its
 * L2 norm.
 */
import type { PrunableWeights } from '../prune/layer';
import { livingFilters, perLayerMean, type Filters } from './filters';

/**
 * Scores by layer, [channels]; -Infinity where the channel is pruned. Norms grow with the size of a filter, so those of layers of different
 * fan-in do not compare: each is divided by the mean over the living channels of its layer, which leaves every layer's own order.
 */
export function filterNormScores(layers: readonly PrunableWeights[], filters: Filters, norm: 'l1' | 'l2'): Float64Array[] {
  const norms = layers.map((layer) => {
    const { rows, outputs, weights } = livingFilters(layer, filters);
    const sums = new Float64Array(outputs);
    for (let r = 0, at = 0; r < rows; r++) {
      for (let c = 0; c < outputs; c++, at++) sums[c]! += norm === 'l1' ? Math.abs(weights[at]!) : weights[at]! * weights[at]!;
    }
    return norm === 'l1' ? sums : sums.map(Math.sqrt);
  });
  return perLayerMean(norms, layers);
}
