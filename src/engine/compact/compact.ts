import * as tf from '@tensorflow/tfjs';
import type { Graph } from '../nn/graph';
import type { NetworkValues } from '../nn/values';
import { inferenceRows } from '../train/evaluate';
import type { Network } from '../train/network';
import type { Samples } from '../train/samples';
import { narrow, type Narrowed } from './narrow';

export type Compact = Pick<Narrowed, 'graph' | 'values' | 'removed' | 'kept'>;

/** The masked network without its dead neurons and channels: narrower layers, same function. */
export function compactNetwork(graph: Graph, values: NetworkValues): Compact {
  return narrow(graph, values);
}

/** Logits of the masked and the compact network may differ by float rounding, not by more: where they are large, so is the rounding. */
const TOLERANCE = 1e-4;
const USUAL_LOGIT = 10;

export interface Parity {
  /** Largest absolute difference of any logit. */
  maxAbsDiff: number;
  samples: number;
  tolerance: number;
}

/** Compares two networks' logits over the first `count` samples. */
export function compareLogits(a: Network, b: Network, samples: Samples, count: number): Parity {
  const all = Math.min(count, samples.count);
  const rows = Math.min(inferenceRows(a.graph), inferenceRows(b.graph));
  let [maxAbsDiff, largest] = [0, 0];
  for (let from = 0; from < all; from += rows) {
    tf.tidy(() => {
      const x = samples.range(from, Math.min(from + rows, all));
      const [p, q] = [a.logits(x).dataSync<'float32'>(), b.logits(x).dataSync<'float32'>()];
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
