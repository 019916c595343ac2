/**
 * Training steps, inference and channel scoring of the CIFAR networks at batch 64 by the engine's own network. Prints {"seconds": [...],
 * "peakRss": bytes} after two warm-ups.
 *
 * With KEEP, of a network from which all but this fraction of each layer's channels have been cut at random, narrowed; for inference as the
 * engine runs it, batch norms folded. Then with "macs", its multiply-accumulates against the whole network's.
 *
 * node conv-step.js densenet-40|resnet-164|vgg-16|preresnet-20 train|infer|score THREADS REPEATS [KEEP]
 */
import * as tf from '@tensorflow/tfjs';
import { ChannelScreening, Model } from '../../src/config/schema';
import { inferenceForm } from '../../src/engine/compact/inference';
import { narrow } from '../../src/engine/compact/narrow';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { architecture } from '../../src/engine/nn/architectures';
import { countGraph } from '../../src/engine/nn/count';
import { channelSites, type Graph } from '../../src/engine/nn/graph';
import type { NetworkValues } from '../../src/engine/nn/values';
import { stream } from '../../src/engine/random';
import { gatherChannelStatistics } from '../../src/engine/train/channelStatistics';
import { evaluate } from '../../src/engine/train/evaluate';
import { initialValues } from '../../src/engine/train/initial';
import { Network } from '../../src/engine/train/network';
import { toSamples } from '../../src/engine/train/samples';

const BATCH = 64;
/** A scoring pass is timed over so many samples. */
const SCORED = 1024;

async function main(): Promise<void> {
  const [name = 'densenet-40', mode = 'train', threads = '1', repeats = '5', keep] = process.argv.slice(2);
  loadRuntime(Number(threads));
  const depth = /^preresnet-(\d+)$/.exec(name);
  const model = Model.parse(depth ? { name: 'preresnet', depth: Number(depth[1]) } : { name });
  const whole = architecture(model, [32, 32, 3], 10);
  const { graph, values, macs } = keep ? cut(whole, Number(keep), mode) : { graph: whole, values: initialValues(whole, 0), macs: 1 };
  const network = new Network(graph, values);
  const rng = stream(0, 'bench');
  const [input] = graph.nodes;
  if (input?.op !== 'input') throw new Error('a graph begins with its input');
  const split = {
    count: SCORED,
    pixels: Uint8Array.from({ length: SCORED * 3072 }, () => rng.next() >>> 24),
    labels: Uint8Array.from({ length: SCORED }, () => rng.int(10)),
  };
  const samples = toSamples(split, { image: [32, 32, 3], normalise: { mean: 0.5, std: 0.3 }, augment: 'none' }, input);
  const sgd = { rate: tf.scalar(0.1), momentum: tf.scalar(0.9), decay: tf.scalar(1e-4), nesterov: true, gammaPenalty: 0 };
  const rows = Int32Array.from({ length: BATCH }, (_, i) => i);
  const criterion = ChannelScreening.parse({});
  const once: Record<string, () => Promise<unknown>> = {
    train: () => Promise.resolve(tf.tidy(() => network.step(samples.batch(rows), samples.labelsOf(rows), sgd).loss.dataSync()[0])),
    infer: () => Promise.resolve(tf.tidy(() => network.logits(samples.range(0, BATCH)).dataSync()[0])),
    evaluate: () => Promise.resolve(evaluate(network, samples)),
    score: () => gatherChannelStatistics(network, samples, { criterion, classes: 10, batch: BATCH, sites: channelSites(graph) }),
  };
  const seconds: number[] = [];
  for (let i = -2; i < Number(repeats); i++) {
    const start = performance.now();
    await once[mode]!();
    if (i >= 0) seconds.push((performance.now() - start) / 1000);
  }
  console.log(JSON.stringify({ seconds, peakRss: process.resourceUsage().maxRSS * 1024, macs }));
}

function cut(whole: Graph, keep: number, mode: string): { graph: Graph; values: NetworkValues; macs: number } {
  const values = initialValues(whole, 0);
  const rng = stream(7, 'cut');
  for (const { name, channels } of channelSites(whole)) {
    const { weights, bias, ...rest } = values.get(name)!;
    const mask = new Uint8Array(channels);
    for (const c of rng.permutation(channels).slice(0, Math.round(channels * keep))) mask[c] = 1;
    values.set(name, { ...rest, weights: weights.map((w, c) => w * mask[c]!), bias: bias.map((b, c) => b * mask[c]!), mask });
  }
  const narrowed = narrow(whole, values, { keepAlive: mode === 'train' });
  return {
    ...(mode === 'train' ? narrowed : inferenceForm(narrowed.graph, narrowed.values)),
    macs: countGraph(narrowed.graph).macs / countGraph(whole).macs,
  };
}

void main();
