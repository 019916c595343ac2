import { setImmediate as nextTurn } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs';
import { diverged } from '../errors';
import { stream } from '../random';
import { score } from './evaluate';
import type { Network } from './network';
import type { Observer } from './observer';
import type { Samples } from './samples';

export interface EpochOptions {
  /** Names the epoch in errors and picks its shuffle. */
  phase: string;
  epoch: number;
  seed: number;
  batch: number;
  learningRate: number;
  momentum: number;
  nesterov: boolean;
  weightDecay: number;
  /** As in `StepOptions`. */
  gammaPenalty: number;
  /** Are the samples varied as the data set says, drawn from the run's `augment` stream of the epoch? */
  augment: boolean;
  signal: AbortSignal;
  observer?: Observer | undefined;
  /** After a step: how many batches are done, of how many, and the mean loss of the last. */
  onBatch?: (done: number, batches: number, loss: number) => void;
}

/**
 * One epoch over all samples in the order of the run's `shuffle` stream; the last batch may be smaller. Lets the process hear its channel
 * between batches, so cancelling takes effect within one.
 * @returns mean loss and fraction of errors over the samples, each measured just before its batch's step.
 */
export async function trainEpoch(network: Network, samples: Samples, options: EpochOptions): Promise<{ loss: number; error: number }> {
  const order = stream(options.seed, 'shuffle', options.phase, options.epoch).permutation(samples.count);
  const augment = options.augment ? stream(options.seed, 'augment', options.phase, options.epoch) : undefined;
  const rate = tf.scalar(options.learningRate);
  const momentum = tf.scalar(options.momentum);
  const decay = options.weightDecay > 0 ? tf.scalar(options.weightDecay) : null;
  const batches = Math.ceil(samples.count / options.batch);
  const { observer } = options;
  let lossSum = 0;
  let errors = 0;
  network.compileFor(batches);
  try {
    for (let b = 0; b < batches; b++) {
      const rows = order.subarray(b * options.batch, (b + 1) * options.batch);
      tf.tidy(() => {
        const labels = samples.labelsOf(rows);
        const measurement = observer?.wants(b);
        const { loss, logits, measured } = network.step(samples.batch(rows, augment), labels, {
          rate,
          momentum,
          decay,
          nesterov: options.nesterov,
          gammaPenalty: options.gammaPenalty,
          measurement,
        });
        const labelValues = labels.dataSync<'int32'>();
        if (measurement) observer!.observe(b, measured, labelValues);
        const batchLoss = sum(loss.dataSync<'float32'>());
        errors += score(logits.dataSync<'float32'>(), labelValues, logits.shape[1]!).errors;
        if (!Number.isFinite(batchLoss)) throw diverged(options.phase, options.epoch, b + 1, batchLoss / rows.length);
        lossSum += batchLoss;
        options.onBatch?.(b + 1, batches, batchLoss / rows.length);
      });
      await nextTurn();
      options.signal.throwIfAborted();
    }
  } finally {
    tf.dispose([rate, momentum, ...(decay ? [decay] : [])]);
  }
  return { loss: lossSum / samples.count, error: errors / samples.count };
}

function sum(values: Float32Array): number {
  let total = 0;
  for (const v of values) total += v;
  return total;
}
