/**
 * Criterion of Han et al. 2015, "Learning both weights and connections": each layer drops the weights with |w| under its quality parameter
 * times the standard deviation of its weights. Score = |w| / std(W), the quality at which a weight would fall: within a layer the order of
 * |w|, so that a layer's keep fraction is a quality parameter said differently.
 */
import type { PrunableWeights } from '../prune/layer';

/** Scores by layer, [inputs × outputs]; -Infinity where the connection is pruned. */
export function hanScores(layers: readonly PrunableWeights[]): Float64Array[] {
  return layers.map((layer) => {
    const { weights, mask } = layer;
    const deviation = standardDeviation(layer) || 1;
    const scores = new Float64Array(weights.length);
    for (let e = 0; e < scores.length; e++) scores[e] = mask[e] === 1 ? Math.abs(weights[e]!) / deviation : -Infinity;
    return scores;
  });
}

/** Of the living weights. */
function standardDeviation({ weights, mask }: PrunableWeights): number {
  let n = 0;
  let sum = 0;
  for (let e = 0; e < weights.length; e++) {
    if (mask[e] !== 1) continue;
    n++;
    sum += weights[e]!;
  }
  let squares = 0;
  for (let e = 0; e < weights.length; e++) if (mask[e] === 1) squares += (weights[e]! - sum / n) ** 2;
  return n === 0 ? 0 : Math.sqrt(squares / n);
}
