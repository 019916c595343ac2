/**
 * Keep schedules: the fraction of the weights that is left after each epoch. All but `staged` and `one-shot` run over a span of the
 * epochs, t = 0 at its start and 1 at its end, and are written as the share of the cut that is done at t; all are 1 before the first cut,
 * exactly `keep` at the end, and never rise.
 */
import type { KeepSchedule } from '../../config/schema';

/** Fraction of the weights left after `epoch` (1-based; 0 is before the first) of `epochs`, where `keep` is the target. */
export function keepFraction(schedule: KeepSchedule, keep: number, epoch: number, epochs: number): number {
  if (epoch >= epochs) return keep;
  if (schedule.name === 'one-shot') return 1;
  const progress = epoch / epochs;
  if (progress <= schedule.start) return 1;
  if (schedule.name === 'staged') {
    // After direct sparsity control (Guo, She & Barbu 2021): a first cut, then equal ones; the last epoch cuts what is still missing.
    let firstCut = Math.floor(schedule.start * epochs);
    while (firstCut / epochs <= schedule.start) firstCut++;
    return Math.max(keep, 1 - schedule.first - schedule.rate * Math.floor((epoch - firstCut) / schedule.every));
  }
  if (progress >= schedule.end) return keep;
  const t = (progress - schedule.start) / (schedule.end - schedule.start);
  return keep + (1 - keep) * (1 - Math.min(1, cutDone(schedule, t)));
}

/** Weights left of `total` at a keep fraction: rounded, so 0.4 of 12,112 is 4,845. */
export function keepCount(fraction: number, total: number): number {
  return Math.round(fraction * total);
}

/** Share of the whole cut that is done at t in (0, 1). */
function cutDone(schedule: Exclude<KeepSchedule, { name: 'staged' | 'one-shot' }>, t: number): number {
  switch (schedule.name) {
    case 'logistic': // slow, fast, slow: the shape of pruning by screening
      return logisticShare(t, schedule.steepness, schedule.steepness * schedule.midpoint);
    case 'one-cycle': // Hubens et al. 2021, one-cycle pruning; a = 14, b = 6 there
      return logisticShare(t, schedule.a, schedule.b);
    case 'inverse': // FSA (Barbu et al. 2017): k + (M - k) max(0, (N1 - 2e) / (2e·mu + N1)), where the target is reached at e = N1/2
      return 1 - (1 - t) / (t * schedule.mu + 1);
    case 'cubic': // Zhu & Gupta 2017
      return 1 - (1 - t) ** 3;
    case 'linear':
      return t;
    case 'cosine':
      return (1 - Math.cos(Math.PI * t)) / 2;
  }
}

/**
 * (s(at - b) - s(-b)) / (s(a - b) - s(-b)) with the logistic function s: its piece over t in [0, 1], stretched to go from exactly 0 to
 * exactly 1. Written by s(x) - s(y) = s(x) (1 - e^(y-x)) s(-y), which stays exact where s itself saturates.
 */
function logisticShare(t: number, a: number, b: number): number {
  return logisticRatio(a * t - b, a - b) * (Math.expm1(-a * t) / Math.expm1(-a));
}

/** s(x) / s(y) */
function logisticRatio(x: number, y: number): number {
  return (Math.exp(Math.min(x, 0) - Math.min(y, 0)) * (1 + Math.exp(-Math.abs(y)))) / (1 + Math.exp(-Math.abs(x)));
}
