/**
 * The stable online form of the screening statistic: class counts, class means and the pooled within-class sum of squares, merged batch
 * by batch (Chan, Golub & LeVeque 1983, applied per class; only the pooled sum of squares is needed). For a batch b and d = m_b - m:
 *
 *   W += W_b + sum_c d_c² n_c nb_c / (n_c + nb_c);   m_c += d_c nb_c / (n_c + nb_c);   n_c += nb_c
 *
 * No large numbers are subtracted, so a mean of 1e5 deviations costs no accuracy. State is float64, samples are float32.
 */
import { fFromSquares, type FStatistics } from './fStatistic';

export type { FStatistics } from './fStatistic';

/** Class moments of one batch: counts [classes], class means [classes × features] (anything where the count is 0), pooled within-class
 * sums of squares [features]. */
export interface BatchMoments {
  n: Float64Array;
  mean: Float32Array | Float64Array;
  within: Float32Array | Float64Array;
}

/** Class moments of raw samples x [samples × features], row by row, with labels [samples] in 0..classes-1, in two passes. */
export function batchMoments(x: ArrayLike<number>, labels: ArrayLike<number>, classes: number): BatchMoments {
  const features = labels.length === 0 ? 0 : x.length / labels.length;
  const n = new Float64Array(classes);
  const mean = new Float64Array(classes * features);
  const within = new Float64Array(features);
  for (let i = 0; i < labels.length; i++) {
    const at = labels[i]! * features;
    n[labels[i]!]!++;
    for (let p = 0; p < features; p++) mean[at + p]! += x[i * features + p]!;
  }
  for (let at = 0; at < mean.length; at++) mean[at]! /= Math.max(n[Math.floor(at / features)]!, 1);
  for (let i = 0; i < labels.length; i++) {
    const at = labels[i]! * features;
    for (let p = 0; p < features; p++) {
      const d = x[i * features + p]! - mean[at + p]!;
      within[p]! += d * d;
    }
  }
  return { n, mean, within };
}

/** What all accumulators have: the state, merging, decay and F. */
abstract class Moments implements BatchMoments {
  readonly n: Float64Array;
  readonly mean: Float64Array;
  readonly within: Float64Array;

  constructor(
    readonly classes: number,
    readonly features: number,
  ) {
    this.n = new Float64Array(classes);
    this.mean = new Float64Array(classes * features);
    this.within = new Float64Array(features);
  }

  /** Takes in what another accumulator of the same shape saw, as if both had been one. */
  merge(other: BatchMoments): void {
    const { features, mean, within } = this;
    const { ratios, weights } = this.count(other.n);
    for (let p = 0; p < features; p++) within[p]! += other.within[p]!;
    for (let c = 0; c < this.classes; c++) {
      if (other.n[c] === 0) continue;
      const ratio = ratios[c]!;
      const weight = weights[c]!;
      for (let p = 0, at = c * features; p < features; p++, at++) {
        const d = other.mean[at]! - mean[at]!;
        mean[at]! += d * ratio;
        within[p]! += weight * d * d;
      }
    }
  }

  /** Everything seen so far weighs `decay` times as much from here on; 0 forgets it. */
  scale(decay: number): void {
    for (let c = 0; c < this.classes; c++) this.n[c]! *= decay;
    for (let p = 0; p < this.features; p++) this.within[p]! *= decay;
    if (decay === 0) this.mean.fill(0);
  }

  /** @throws PruneError screening/too-few-samples, screening/one-class */
  f(): FStatistics {
    const { n, mean, features } = this;
    const samples = n.reduce((a, b) => a + b, 0);
    const grand = new Float64Array(features);
    const between = new Float64Array(features);
    for (let c = 0; c < this.classes; c++) {
      if (n[c] === 0) continue;
      const share = n[c]! / samples;
      for (let p = 0, at = c * features; p < features; p++, at++) grand[p]! += share * mean[at]!;
    }
    for (let c = 0; c < this.classes; c++) {
      const count = n[c]!;
      if (count === 0) continue;
      for (let p = 0, at = c * features; p < features; p++, at++) {
        const d = mean[at]! - grand[p]!;
        between[p]! += count * d * d;
      }
    }
    return fFromSquares(n, grand, between, this.within);
  }

  /** Counts samples by class; returns the merge's factors nb_c / (n_c + nb_c) and n_c nb_c / (n_c + nb_c) of the classes that have some. */
  protected count(added: Float64Array): { ratios: Float64Array; weights: Float64Array } {
    const ratios = new Float64Array(this.classes);
    const weights = new Float64Array(this.classes);
    for (let c = 0; c < this.classes; c++) {
      if (added[c] === 0) continue;
      const before = this.n[c]!;
      this.n[c] = before + added[c]!;
      ratios[c] = added[c]! / this.n[c]!;
      weights[c] = before * ratios[c]!;
    }
    return { ratios, weights };
  }
}

/** Statistics of features that are given: activations, pixels. */
export class ClassMoments extends Moments {
  add(batch: BatchMoments): void {
    this.merge(batch);
  }
}

/** Statistics of a dense layer's connections, flat index i·outputs + o. Pruned connections are skipped and have F = 0. */
abstract class EdgeMoments extends Moments {
  private readonly wasAlive: Uint8Array;
  /** Where runs of living connections of one input begin and end: flat indices [from, to, from, to, ...]. A list of them all is slower. */
  protected readonly runs: Int32Array;

  constructor(
    classes: number,
    readonly inputs: number,
    readonly outputs: number,
  ) {
    super(classes, inputs * outputs);
    this.wasAlive = new Uint8Array(inputs * outputs).fill(1);
    this.runs = new Int32Array(outputs + 1);
  }

  /** Fills `runs` for input i and returns how many numbers that are. What died since the last batch is cleared. */
  protected living(mask: Uint8Array, i: number): number {
    const { runs, outputs, wasAlive } = this;
    const end = (i + 1) * outputs;
    let count = 0;
    for (let e = i * outputs; e < end; e++) {
      // Odd where a run has begun.
      if (mask[e] !== count % 2) runs[count++] = e;
      if (mask[e] === 0 && wasAlive[e] === 1) this.clear(e);
    }
    if (count % 2 === 1) runs[count++] = end;
    return count;
  }

  private clear(e: number): void {
    this.wasAlive[e] = 0;
    this.within[e] = 0;
    for (let c = 0; c < this.classes; c++) this.mean[c * this.features + e] = 0;
  }
}

/**
 * Reading `online`: the feature of connection i -> o is w_io(t)·a_i while w trains, so drift of the weight counts as spread within
 * classes. Within a batch w is fixed, hence class mean w·m_c(a_i) and within-class sum of squares w²·W(a_i).
 */
export class ScaledMoments extends EdgeMoments {
  /**
   * @param weights [inputs × outputs] and mask [inputs × outputs] of the step
   * @param activations class moments of the layer's inputs over the batch: n [classes], mean [classes × inputs], within [inputs]
   */
  add(weights: Float32Array, mask: Uint8Array, activations: BatchMoments): void {
    const { classes, inputs, features, mean, within, runs } = this;
    const { ratios, weights: spreads } = this.count(activations.n);
    for (let i = 0; i < inputs; i++) {
      const alive = this.living(mask, i);
      const spread = activations.within[i]!;
      for (let r = 0; r < alive; r += 2) {
        for (let e = runs[r]!; e < runs[r + 1]!; e++) within[e]! += weights[e]! * weights[e]! * spread;
      }
      for (let c = 0; c < classes; c++) {
        if (activations.n[c] === 0) continue;
        const ratio = ratios[c]!;
        const weight = spreads[c]!;
        const activation = activations.mean[c * inputs + i]!;
        const base = c * features;
        for (let r = 0; r < alive; r += 2) {
          for (let e = runs[r]!, to = runs[r + 1]!; e < to; e++) {
            const d = weights[e]! * activation - mean[base + e]!;
            mean[base + e]! += d * ratio;
            within[e]! += weight * d * d;
          }
        }
      }
    }
  }
}

/**
 * Reading `gated`: the feature of connection i -> o is w_io·a_i·g_o, where g_o is 1 for the samples on which neuron o fires and 0 for
 * the others. Within a batch: class mean w·S_c/n_c and within-class sum of squares w²·(Q - sum_c S_c²/n_c), from the gated sums S and Q.
 */
export class GatedMoments extends EdgeMoments {
  /**
   * @param weights [inputs × outputs] and mask [inputs × outputs] of the step
   * @param sums [classes × inputs × outputs]: sum of a_i·g_o over the samples of each class, that is A_cᵀ G_c
   * @param counts samples of each class, [classes]
   * @param squares [inputs × outputs]: sum of (a_i·g_o)² over all samples, that is (A∘A)ᵀ (G∘G)
   */
  add(weights: Float32Array, mask: Uint8Array, sums: Float32Array, counts: Float64Array, squares: Float32Array): void {
    const { classes, inputs, outputs, features, mean, within, runs } = this;
    const { ratios, weights: spreads } = this.count(counts);
    const explained = new Float64Array(outputs);
    for (let i = 0; i < inputs; i++) {
      const alive = this.living(mask, i);
      const first = i * outputs;
      explained.fill(0);
      for (let c = 0; c < classes; c++) {
        const count = counts[c]!;
        if (count === 0) continue;
        const ratio = ratios[c]!;
        const weight = spreads[c]!;
        const base = c * features;
        for (let r = 0; r < alive; r += 2) {
          for (let e = runs[r]!, to = runs[r + 1]!; e < to; e++) {
            const sum = sums[base + e]!;
            const d = (weights[e]! * sum) / count - mean[base + e]!;
            mean[base + e]! += d * ratio;
            within[e]! += weight * d * d;
            explained[e - first]! += (sum * sum) / count;
          }
        }
      }
      for (let r = 0; r < alive; r += 2) {
        for (let e = runs[r]!; e < runs[r + 1]!; e++) {
          const w = weights[e]!;
          within[e]! += w * w * Math.max(squares[e]! - explained[e - first]!, 0);
        }
      }
    }
  }
}
