/**
 * One epoch of LeNet-300-100 on 50,000 samples at batch 128 by the engine's own training loop. Prints {"seconds": [...], "peakRss": bytes}.
 *
 * node lenet-epoch.js dense|masked|input|online|gated THREADS EPOCHS     (the last three gather screening statistics)
 */
import { DEFAULT_EVERY } from '../../src/config/schema';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { mlp } from '../../src/engine/nn/mlp';
import { stream } from '../../src/engine/random';
import { pixelStatistics } from '../../src/engine/screening/pixels';
import { trainEpoch } from '../../src/engine/train/epoch';
import { initialValues } from '../../src/engine/train/initial';
import { Network } from '../../src/engine/train/network';
import { toSamples } from '../../src/engine/train/samples';
import { makeGatherer } from '../../src/engine/train/statistics';

async function main(): Promise<void> {
  const [mode = 'dense', threads = '1', epochs = '3'] = process.argv.slice(2);
  loadRuntime(Number(threads));
  const rng = stream(0, 'bench');
  const count = 50_000;
  const split = {
    count,
    pixels: Uint8Array.from({ length: count * 784 }, () => rng.next() >>> 24),
    labels: Uint8Array.from({ length: count }, () => rng.int(10)),
  };
  const graph = mlp('lenet-300-100', 784, [28, 28, 1], [300, 100], 10);
  const [input] = graph.nodes;
  if (input?.op !== 'input') throw new Error('a graph begins with its input');
  const samples = toSamples(split, { image: [28, 28, 1], normalise: { mean: 0.5, std: 0.3 }, augment: 'none' }, input);
  const network = new Network(graph, initialValues(graph, 0));
  if (mode === 'masked') {
    network.prune(new Map([...network.values()].map(([name, { mask }]) => [name, mask.map(() => (rng.uniform() < 0.05 ? 1 : 0))])));
  }
  const gatherer =
    mode === 'input' || mode === 'online' || mode === 'gated'
      ? makeGatherer(mode, network, 10, DEFAULT_EVERY[mode], () => pixelStatistics(split, 10))
      : null;
  const seconds: number[] = [];
  for (let epoch = 0; epoch <= Number(epochs); epoch++) {
    const start = performance.now();
    await trainEpoch(network, samples, {
      phase: 'bench',
      epoch,
      seed: 0,
      batch: 128,
      learningRate: 0.01,
      momentum: 0.9,
      nesterov: true,
      weightDecay: 5e-4,
      gammaPenalty: 0,
      augment: false,
      signal: new AbortController().signal,
      observer: gatherer ?? undefined,
    });
    gatherer?.statistics();
    gatherer?.forget(0);
    if (epoch > 0) seconds.push((performance.now() - start) / 1000);
  }
  console.log(JSON.stringify({ seconds, peakRss: process.resourceUsage().maxRSS * 1024 }));
}

void main();
