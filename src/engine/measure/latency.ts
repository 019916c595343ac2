import * as tf from '@tensorflow/tfjs';
import type { Stage } from '../../shared/report';
import type { Network } from '../train/network';

/** Median and interquartile range of `repeats` timed forward passes over a batch of x [n, features], after three untimed ones. */
export function measureLatency(network: Network, x: tf.Tensor2D, batch: number, repeats: number, threads: number): Stage['latencyMs'] {
  const rows = Math.min(batch, x.shape[0]);
  const input = tf.slice(x, [0, 0], [rows, x.shape[1]]);
  const times: number[] = [];
  for (let i = -3; i < repeats; i++) {
    const start = performance.now();
    tf.tidy(() => network.logits(input).dataSync());
    if (i >= 0) times.push(performance.now() - start);
  }
  input.dispose();
  times.sort((a, b) => a - b);
  return { median: quantile(times, 0.5), iqr: quantile(times, 0.75) - quantile(times, 0.25), batch: rows, threads, repeats };
}

/** Quantile of sorted values, by linear interpolation between order statistics. */
function quantile(sorted: number[], q: number): number {
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!);
}
