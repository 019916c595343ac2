/**
 * Batch statistics of concatenations and of selections from them. A channel has the same ones wherever it is, so they are taken once, when it
 * is new: in a dense block each feature map is read by the batch norms of all later layers.
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

/** Those of x, if they were taken. */
export const knownStatistics = (x: tf.Tensor): Statistics | undefined => known.get(x.dataId);

/** Those of x [n, h, w, c], taken where they are not known. */
export function takenStatistics(x: tf.Tensor): Statistics {
  const statistics = known.get(x.dataId) ?? batchStatistics(x);
  known.set(x.dataId, statistics);
  return statistics;
}

/** Statistics of what was put together from others, or picked from them; each with those of its channels. */
export function putTogether(whole: tf.Tensor, parts: readonly Statistics[]): void {
  const joined = (key: keyof Statistics) =>
    concat(
      parts.map((part) => part[key]),
      'rows',
    );
  known.set(whole.dataId, { mean: joined('mean'), variance: joined('variance') });
}
