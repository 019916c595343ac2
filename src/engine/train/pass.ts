import { setImmediate as nextTurn } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs';
import type { Network } from './network';
import type { Observer } from './observer';
import type { Samples } from './samples';

/**
 * One pass in inference over the first `count` samples, as they are and in their own order, for an observer's measurements. Lets the process
 * hear its channel between batches.
 *
 * @throws the signal's reason, between two batches
 */
export async function observePass(
  network: Network,
  samples: Samples,
  observer: Observer,
  { batch, count = samples.count, signal }: { batch: number; count?: number | undefined; signal?: AbortSignal | undefined },
): Promise<void> {
  const batches = Math.ceil(count / batch);
  network.compileFor(batches);
  for (let b = 0; b < batches; b++) {
    signal?.throwIfAborted();
    const measurement = observer.wants(b);
    if (!measurement) continue;
    const from = b * batch;
    const labels = samples.labels.slice(from, Math.min(from + batch, count));
    tf.tidy(() => {
      const x = samples.range(from, from + labels.length);
      observer.observe(b, network.measure(x, tf.tensor1d(labels, 'int32'), measurement), labels);
    });
    await nextTurn();
  }
}
