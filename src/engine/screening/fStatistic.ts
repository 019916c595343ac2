/**
 * The F-statistic of one-way analysis of variance, which scores how well a feature separates the classes (pruning by screening, eq. 3):
 *
 *   F_p = [SSB_p / (C - 1)] / [SSW_p / (N - C)],   SSB_p = sum_c n_c (m_cp - m_p)²,   SSW_p = sum_c sum_{i in c} (x_ip - m_cp)²
 *
 * with n_c samples of class c, N in all, class means m_cp and the grand mean m_p. C counts the classes that have samples.
 */
import { screeningErrors } from './errors';

export interface FStatistics {
  /** F by feature; finite and >= 0. */
  f: Float64Array;
  /** SSB / (SSB + SSW) by feature, in [0, 1]: monotone in F and, unlike F, independent of the number of samples. */
  etaSquared: Float64Array;
  /** Classes that had samples. */
  classes: number;
  /** Samples; not an integer where earlier ones were decayed. */
  samples: number;
}

/** A sum of squares of at most this fraction of its reference is rounding, not spread. */
const ROUNDING = 1e-12;

/**
 * F from the sums of squares of each feature. Degenerate features:
 * - constant (no spread beyond rounding: SSB + SSW <= 1e-12 N m², which is a deviation under a millionth of the mean, the resolution of the
 *   float32 features): F = 0;
 * - perfectly separated (SSW <= 1e-12 (SSB + SSW), a ratio that no shift or scale of the feature changes): the largest F among the features
 *   that are not, or 1 where there is none; eta² = 1.
 * Sums that cancellation made negative count as 0. Decayed counts may be fractions.
 *
 * @param n samples by class, [classes]
 * @param mean grand means; `between`, `within`: SSB and SSW; all [features]
 * @throws PruneError screening/too-few-samples where N <= C, screening/one-class
 */
export function fFromSquares(n: Float64Array, mean: Float64Array, between: Float64Array, within: Float64Array): FStatistics {
  const samples = n.reduce((a, b) => a + b, 0);
  const classes = n.reduce((count, value) => count + (value > 0 ? 1 : 0), 0);
  if (samples <= classes) throw screeningErrors.tooFewSamples(samples, classes);
  if (classes < 2) throw screeningErrors.oneClass(samples);
  const features = mean.length;
  const f = new Float64Array(features);
  const etaSquared = new Float64Array(features);
  const separated: number[] = [];
  const degrees = (samples - classes) / (classes - 1);
  let largest = 0;
  for (let p = 0; p < features; p++) {
    const ssb = Math.max(between[p]!, 0);
    const ssw = Math.max(within[p]!, 0);
    const total = ssb + ssw;
    if (total === 0 || total <= ROUNDING * samples * mean[p]! * mean[p]!) continue;
    if (ssw <= ROUNDING * total) {
      separated.push(p);
      etaSquared[p] = 1;
      continue;
    }
    f[p] = (ssb / ssw) * degrees;
    etaSquared[p] = ssb / total;
    if (f[p]! > largest) largest = f[p]!;
  }
  for (const p of separated) f[p] = largest || 1;
  return { f, etaSquared, classes, samples };
}

/**
 * F by its definition, in two passes over all samples at once: the reference for the online forms.
 *
 * @param x [samples × features], row by row
 * @param labels [samples], each in 0..classes-1
 */
export function fStatistic(x: ArrayLike<number>, labels: ArrayLike<number>, classes: number): FStatistics {
  const samples = labels.length;
  const features = samples === 0 ? 0 : x.length / samples;
  const n = new Float64Array(classes);
  const mean = new Float64Array(features);
  const classMean = new Float64Array(classes * features);
  for (let i = 0; i < samples; i++) {
    const c = labels[i]!;
    n[c]!++;
    for (let p = 0; p < features; p++) {
      classMean[c * features + p]! += x[i * features + p]!;
      mean[p]! += x[i * features + p]! / samples;
    }
  }
  const between = new Float64Array(features);
  const within = new Float64Array(features);
  for (let c = 0; c < classes; c++) {
    if (n[c] === 0) continue;
    for (let p = 0; p < features; p++) {
      classMean[c * features + p]! /= n[c]!;
      between[p]! += n[c]! * (classMean[c * features + p]! - mean[p]!) ** 2;
    }
  }
  for (let i = 0; i < samples; i++) {
    for (let p = 0; p < features; p++) within[p]! += (x[i * features + p]! - classMean[labels[i]! * features + p]!) ** 2;
  }
  return fFromSquares(n, mean, between, within);
}
