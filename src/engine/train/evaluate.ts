import * as tf from '@tensorflow/tfjs';
import type { Graph } from '../nn/graph';
import { shapes, volume } from '../nn/shapes';
import type { Network } from './network';
import type { Samples } from './samples';

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

/** Floats of the largest output that a batch in inference may make: 64 MB, small beside what training holds. */
const LARGEST_OUTPUT = 16_000_000;

/** Samples that go through the network at once where nothing is trained: at most 1,000, fewer where a sample's activations are large. */
export function inferenceRows(graph: Graph): number {
  const largest = Math.max(...[...shapes(graph).values()].map(volume));
  return Math.min(1000, Math.max(1, Math.floor(LARGEST_OUTPUT / largest)));
}

/** Runs the network over the samples and counts its errors. */
export function evaluate(network: Network, samples: Samples): Evaluation {
  const rows = inferenceRows(network.graph);
  network.compileFor(Math.ceil(samples.count / rows));
  let errorCount = 0;
  let loss = 0;
  for (let from = 0; from < samples.count; from += rows) {
    const to = Math.min(from + rows, samples.count);
    const logits = tf.tidy(() => network.logits(samples.range(from, to)));
    const part = score(logits.dataSync<'float32'>(), samples.labels.subarray(from, to), logits.shape[1]!);
    logits.dispose();
    errorCount += part.errors;
    loss += part.loss;
  }
  return { errorCount, samples: samples.count, loss: loss / samples.count };
}
