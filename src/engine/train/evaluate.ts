import * as tf from '@tensorflow/tfjs';
import type { Network } from './network';

export interface Evaluation {
  errorCount: number;
  samples: number;
  /** Mean cross entropy. */
  loss: number;
}

/** Errors and mean cross entropy of logits [n × classes], row-major, against labels; the first of equal logits wins, as in argmax. */
export function score(logits: Float32Array, labels: ArrayLike<number>, classes: number): { errors: number; loss: number } {
  let errors = 0;
  let loss = 0;
  for (let i = 0, row = 0; i < labels.length; i++, row += classes) {
    let best = 0;
    for (let c = 1; c < classes; c++) if (logits[row + c]! > logits[row + best]!) best = c;
    const max = logits[row + best]!;
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += Math.exp(logits[row + c]! - max);
    loss += max + Math.log(sum) - logits[row + labels[i]!]!;
    if (best !== labels[i]) errors++;
  }
  return { errors, loss };
}

/** Runs the network over x [n, features] in batches of 1,000 and counts its errors. */
export function evaluate(
  network: Network,
  x: tf.Tensor2D,
  labels: ArrayLike<number> & { subarray(a: number, b: number): ArrayLike<number> },
): Evaluation {
  const samples = x.shape[0];
  let errorCount = 0;
  let loss = 0;
  for (let from = 0; from < samples; from += 1000) {
    const to = Math.min(from + 1000, samples);
    const logits = tf.tidy(() => network.logits(tf.slice(x, [from, 0], [to - from, x.shape[1]])));
    const part = score(logits.dataSync<'float32'>(), labels.subarray(from, to), logits.shape[1]!);
    logits.dispose();
    errorCount += part.errors;
    loss += part.loss;
  }
  return { errorCount, samples, loss: loss / samples };
}
