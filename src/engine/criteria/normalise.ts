/**
 * Normalisation of scores to comparable scales before they are mixed. Statistics are taken over living connections only: pruned ones
 * would drag every mean and rank. Each norm is monotone, so alone it changes no ranking within its scope.
 *
 *   none     v                             zscore     (v - mean) / deviation
 *   max      v / max                       rank       (average rank - 1/2) / n, the mid-percentile in (0, 1); ties share theirs
 *   minmax   (v - min) / (max - min)       log1p_max  log(1 + v) / max log(1 + v)
 *   mean     v / mean
 *
 * A divisor of 0 (all values equal, or all 0) is taken as 1.
 */
import type { Norm } from '../../config/schema';
import { midPercentiles } from './ranks';

/** eta2 is not a scaling of F but another transform of the same sums (screening.ts). */
export type Scaling = Exclude<Norm, 'eta2'>;

/**
 * @param values one array for each layer, >= 0 where alive
 * @param masks same layout, 1 = alive
 * @param scope statistics over all layers together, or over each on its own
 * @returns the same layout; 0 where not alive
 */
export function normalise(
  values: readonly Float64Array[],
  masks: readonly Uint8Array[],
  norm: Scaling,
  scope: 'global' | 'layer',
): Float64Array[] {
  if (scope === 'global') return normaliseTogether(values, masks, norm);
  return values.map((v, l) => normaliseTogether([v], [masks[l]!], norm)[0]!);
}

function normaliseTogether(values: readonly Float64Array[], masks: readonly Uint8Array[], norm: Scaling): Float64Array[] {
  const alive = gather(values, masks);
  if (norm === 'rank') return scatter(midPercentiles(alive), masks);
  if (norm === 'log1p_max') for (let i = 0; i < alive.length; i++) alive[i] = Math.log1p(alive[i]!);
  const { shift, unit } = scale(alive, norm);
  for (let i = 0; i < alive.length; i++) alive[i] = (alive[i]! - shift) / unit;
  return scatter(alive, masks);
}

function scale(v: Float64Array, norm: Exclude<Scaling, 'rank'>): { shift: number; unit: number } {
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  for (let i = 0; i < v.length; i++) {
    if (v[i]! < min) min = v[i]!;
    if (v[i]! > max) max = v[i]!;
    sum += v[i]!;
  }
  const mean = sum / v.length;
  switch (norm) {
    case 'none':
      return { shift: 0, unit: 1 };
    case 'max':
    case 'log1p_max':
      return { shift: 0, unit: max || 1 };
    case 'minmax':
      return { shift: min, unit: max - min || 1 };
    case 'mean':
      return { shift: 0, unit: mean || 1 };
    case 'zscore': {
      if (min === max) return { shift: min, unit: 1 };
      let squares = 0;
      for (let i = 0; i < v.length; i++) squares += (v[i]! - mean) ** 2;
      return { shift: mean, unit: Math.sqrt(squares / v.length) || 1 };
    }
  }
}

function gather(values: readonly Float64Array[], masks: readonly Uint8Array[]): Float64Array {
  let count = 0;
  for (const mask of masks) for (let e = 0; e < mask.length; e++) count += mask[e]!;
  const alive = new Float64Array(count);
  let at = 0;
  masks.forEach((mask, l) => {
    const v = values[l]!;
    for (let e = 0; e < mask.length; e++) if (mask[e] === 1) alive[at++] = v[e]!;
  });
  return alive;
}

function scatter(alive: Float64Array, masks: readonly Uint8Array[]): Float64Array[] {
  let at = 0;
  return masks.map((mask) => {
    const v = new Float64Array(mask.length);
    for (let e = 0; e < mask.length; e++) if (mask[e] === 1) v[e] = alive[at++]!;
    return v;
  });
}
