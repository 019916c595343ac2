/** Random criterion: score = a uniform draw, the baseline that knows nothing. */
import type { PrunableWeights } from '../prune/layer';

/**
 * Scores by layer, in the layout of the masks; -Infinity where the connection or channel is pruned. Each takes its draw, pruned or not: with
 * the same stream given anew at each cut, it keeps one draw for the whole run and a later mask lies within an earlier one.
 */
export function randomScores(layers: readonly PrunableWeights[], rng: { uniform(): number }): Float64Array[] {
  return layers.map(({ mask }) => {
    const scores = new Float64Array(mask.length);
    for (let e = 0; e < scores.length; e++) {
      const draw = rng.uniform();
      scores[e] = mask[e] === 1 ? draw : -Infinity;
    }
    return scores;
  });
}
