/**
 * Batch statistics of concatenations. A channel has the same ones in every concatenation that it is part of, so they are taken once, when it is
 * new: in a dense block each feature map is read by the batch norms of all later layers.
 */
import type * as tf from '@tensorflow/tfjs';
import { concat } from '../../kernels/channels';
import { batchStatistics, type Statistics } from '../../kernels/norm';

/** By a tensor's data, of the present pass: a batch may go through again when they have been released. */
let known = new WeakMap<object, Statistics>();

/** To be called before each forward pass. */
export function forgetStatistics(): void {
  known = new WeakMap();
}

/** Those of x [n, h, w, c], if it is a concatenation whose statistics were taken. */
export const knownStatistics = (x: tf.Tensor): Statistics | undefined => known.get(x.dataId);

/** Puts the statistics of a concatenation [n, h, w, c] together from those of its parts. */
export function takeStatistics(concatenation: tf.Tensor, parts: readonly tf.Tensor[]): void {
  const each = parts.map((part) => {
    const statistics = known.get(part.dataId) ?? batchStatistics(part);
    known.set(part.dataId, statistics);
    return statistics;
  });
  known.set(concatenation.dataId, {
    mean: concat(
      each.map(({ mean }) => mean),
      'channels',
    ),
    variance: concat(
      each.map(({ variance }) => variance),
      'channels',
    ),
  });
}
