import * as tf from '@tensorflow/tfjs';
import type { Stage } from '../../shared/report';
import { inferenceForm } from '../compact/inference';
import type { Graph } from '../nn/graph';
import type { NetworkValues } from '../nn/values';
import { Network } from '../train/network';
import type { Samples } from '../train/samples';

/**
 * Median and interquartile range of `repeats` timed forward passes over a batch of the first samples, after three untimed ones, in the form
 * for inference (compact/inference.ts).
 */
export function measureLatency(
  graph: Graph,
  values: NetworkValues,
  samples: Samples,
  batch: number,
  repeats: number,
  threads: number,
): Stage['latencyMs'] {
  const form = inferenceForm(graph, values);
  const inference = new Network(form.graph, form.values);
  inference.compile({ frozen: true });
  const rows = Math.min(batch, samples.count);
  const input = samples.range(0, rows);
  const times: number[] = [];
  for (let i = -3; i < repeats; i++) {
    const start = performance.now();
    tf.tidy(() => inference.logits(input).dataSync());
    if (i >= 0) times.push(performance.now() - start);
  }
  input.dispose();
  inference.dispose();
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
