import * as tf from '@tensorflow/tfjs';
import { inferenceRows } from '../train/evaluate';
import type { Network } from '../train/network';
import type { Samples } from '../train/samples';

/** Logits of the masked and the compact network may differ by float rounding, not by more: where they are large, so is the rounding. */
const TOLERANCE = 1e-4;
const USUAL_LOGIT = 10;

export interface Parity {
  /** Largest absolute difference of any logit. */
  maxAbsDiff: number;
  samples: number;
  tolerance: number;
}

/** Compares two networks' logits over the first `count` samples; `ofB` are those of the second, where it reads less of each. */
export function compareLogits(a: Network, b: Network, samples: Samples, count: number, ofB: Samples = samples): Parity {
  const all = Math.min(count, samples.count);
  const rows = Math.min(inferenceRows(a.graph), inferenceRows(b.graph));
  let [maxAbsDiff, largest] = [0, 0];
  for (let from = 0; from < all; from += rows) {
    tf.tidy(() => {
      const to = Math.min(from + rows, all);
      const p = a.logits(samples.range(from, to)).dataSync<'float32'>();
      const q = b.logits(ofB.range(from, to)).dataSync<'float32'>();
      p.forEach((logit, i) => {
        // NaN must not pass for agreement.
        const difference = Math.abs(logit - q[i]!);
        maxAbsDiff = difference <= maxAbsDiff ? maxAbsDiff : difference;
        largest = Math.max(largest, Math.abs(logit));
      });
    });
  }
  return { maxAbsDiff, samples: all, tolerance: TOLERANCE * Math.max(1, largest / USUAL_LOGIT) };
}
