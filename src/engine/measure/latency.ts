import { setImmediate as nextTurn } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs';
import type { Measure } from '../../config/schema';
import type { Stage } from '../../shared/report';
import { inferenceForm } from '../compact/inference';
import type { Graph } from '../nn/graph';
import type { NetworkValues } from '../nn/values';
import { Network } from '../train/network';
import type { Samples } from '../train/samples';

/** A network, and what it reads. */
export interface Timed {
  graph: Graph;
  values: NetworkValues;
  samples: Samples;
}

/** Timed passes of a turn. */
const TURN = 5;

/**
 * Median and interquartile range of `repeats` timed forward passes over a batch of the first samples, in the form for inference
 * (compact/inference.ts). The networks take turns of some passes, so that other programs disturb all alike. The first of a turn is not
 * timed: it pays for what another network left in the processor's cache.
 *
 * @throws the signal's reason, between two turns
 */
export async function measureLatencies(
  networks: readonly Timed[],
  { batch, repeats }: Measure['latency'],
  { threads, signal }: { threads: number; signal: AbortSignal },
): Promise<Stage['latencyMs'][]> {
  const sides = networks.map(({ graph, values, samples }) => {
    const form = inferenceForm(graph, values);
    const network = new Network(form.graph, form.values);
    network.compile({ frozen: true });
    const rows = Math.min(batch, samples.count);
    return { network, rows, input: samples.range(0, rows), times: [] as number[] };
  });
  const pass = ({ network, input }: (typeof sides)[number]) => {
    const start = performance.now();
    // Nothing is returned: tidy would look for tensors in it, number by number, which takes longer than the pass.
    tf.tidy(() => void network.logits(input).dataSync());
    return performance.now() - start;
  };
  try {
    // Graph and kernels are prepared by the first two.
    for (const side of sides) for (let i = 0; i < 2; i++) pass(side);
    for (let left = repeats; left > 0; left -= TURN) {
      for (const side of sides) {
        await nextTurn();
        signal.throwIfAborted();
        pass(side);
        for (let i = 0; i < Math.min(TURN, left); i++) side.times.push(pass(side));
      }
    }
  } finally {
    for (const { network, input } of sides) {
      input.dispose();
      network.dispose();
    }
  }
  return sides.map(({ times, rows }) => {
    times.sort((a, b) => a - b);
    return { median: quantile(times, 0.5), iqr: quantile(times, 0.75) - quantile(times, 0.25), batch: rows, threads, repeats };
  });
}

/** Quantile of sorted values, by linear interpolation between order statistics. */
function quantile(sorted: number[], q: number): number {
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!);
}
