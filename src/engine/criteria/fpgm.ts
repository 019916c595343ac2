/**
 * Filter pruning via geometric median (He et al. 2019): filters near the geometric median of their layer can be spoken for by the others. A
 * channel is worth the sum of the Euclidean distances of its filter from those of the layer's other living channels.
 */
import type { PrunableWeights } from '../prune/layer';
import { livingFilters, perLayerMean, type FilterMatrix, type Filters } from './filters';

/** Scores by layer, [channels]; -Infinity where the channel is pruned. Divided by the layer's mean, as filter norms are and for the same reason. */
export function fpgmScores(layers: readonly PrunableWeights[], filters: Filters): Float64Array[] {
  return perLayerMean(
    layers.map((layer) => distanceSums(livingFilters(layer, filters), layer.mask)),
    layers,
  );
}

/** Sum of the distances between columns that are alive; 0 elsewhere. */
function distanceSums({ rows, outputs, weights }: FilterMatrix, mask: Uint8Array): Float64Array {
  const alive = Array.from(mask.keys()).filter((c) => mask[c] === 1);
  // Filters as rows, so that two of them are compared along the memory.
  const filters = alive.map((c) => Float64Array.from({ length: rows }, (_, r) => weights[r * outputs + c]!));
  const sums = new Float64Array(outputs);
  for (let i = 0; i < alive.length; i++) {
    const a = filters[i]!;
    for (let j = 0; j < i; j++) {
      const b = filters[j]!;
      let squares = 0;
      for (let r = 0; r < rows; r++) {
        const d = a[r]! - b[r]!;
        squares += d * d;
      }
      const distance = Math.sqrt(squares);
      sums[alive[i]!]! += distance;
      sums[alive[j]!]! += distance;
    }
  }
  return sums;
}
