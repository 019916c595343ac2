/**
 * Hybrid criterion of weight-level screening (pruning by screening, eq. 5): R = lambda·F~ + (1 - lambda)·|w|~, where F is the F-statistic of
 * the connection's feature and ~ a normalisation over living connections. The paper's formula for ~ and which term lambda multiplies are
 * not known to us; here lambda = 1 is screening alone and lambda = 0 magnitude alone.
 */
import type { Screening } from '../../config/schema';
import type { PrunableWeights } from '../prune/layer';
import type { FStatistics } from '../screening/fStatistic';
import { magnitudeScores } from './magnitude';
import { normalise } from './normalise';

/**
 * Scores by layer, [inputs × outputs]; -Infinity where the connection is pruned.
 *
 * @param statistics by layer name, of each connection [inputs × outputs], or of each input [inputs], which all its connections then share;
 * not looked at where lambda = 0
 */
export function screeningScores(
  layers: readonly PrunableWeights[],
  { lambda, screening, magnitude }: Pick<Screening, 'lambda' | 'screening' | 'magnitude'>,
  statistics: ReadonlyMap<string, FStatistics> | null,
): Float64Array[] {
  const masks = layers.map((layer) => layer.mask);
  const w = normalise(magnitudeScores(layers), masks, magnitude.norm, magnitude.scope);
  const f = lambda === 0 ? w : normalisedF(layers, screening, statistics);
  return masks.map((mask, l) => {
    const scores = w[l]!;
    const fl = f[l]!;
    // At the ends, where 0·x + 1·y is y, the one term is left as it is.
    for (let e = 0; e < scores.length; e++) scores[e] = mask[e] === 1 ? lambda * fl[e]! + (1 - lambda) * scores[e]! : -Infinity;
    return scores;
  });
}

function normalisedF(
  layers: readonly PrunableWeights[],
  { norm, scope }: Screening['screening'],
  statistics: ReadonlyMap<string, FStatistics> | null,
): Float64Array[] {
  const values = layers.map((layer) => {
    const s = statistics?.get(layer.name);
    if (!s) throw new Error(`no screening statistics of layer ${layer.name}`);
    return byConnection(norm === 'eta2' ? s.etaSquared : s.f, layer);
  });
  return normalise(
    values,
    layers.map((layer) => layer.mask),
    norm === 'eta2' ? 'none' : norm,
    scope,
  );
}

function byConnection(values: Float64Array, { inputs, outputs }: PrunableWeights): Float64Array {
  if (values.length === inputs * outputs) return values;
  if (values.length !== inputs) throw new Error(`${values.length} statistics for a layer of ${inputs} × ${outputs}`);
  const spread = new Float64Array(inputs * outputs);
  for (let i = 0; i < inputs; i++) spread.fill(values[i]!, i * outputs, (i + 1) * outputs);
  return spread;
}
