import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChannelScreening } from '../../src/config/schema';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { architecture } from '../../src/engine/nn/architectures';
import { channelSites, type Graph, type InputNode } from '../../src/engine/nn/graph';
import { stream } from '../../src/engine/random';
import { fStatistic, type FStatistics } from '../../src/engine/screening/fStatistic';
import { gatherChannelStatistics } from '../../src/engine/train/channelStatistics';
import { initialValues } from '../../src/engine/train/initial';
import { Network } from '../../src/engine/train/network';
import { toSamples, type Samples } from '../../src/engine/train/samples';

type Feature = ChannelScreening['feature'];
type Pool = ChannelScreening['pool'];
const FEATURES: Feature[] = ['post_relu', 'bn_out', 'bn_in'];
const POOLS: Pool[] = ['mean', 'max', 'spatial'];

/** More than are put together for one native call; neither that nor the whole is a multiple of the batch. */
const [COUNT, CLASSES, BATCH] = [1100, 4, 96];
/** Maps, means and residuals are float32; differences of class means that lie close together lose digits. The largest error seen here is 3e-5. */
const TOLERANCE = 1e-4;

/** Images of noise around a pattern for each class; one class has few samples. */
function samplesOf(graph: Graph): Samples {
  const input = graph.nodes[0] as InputNode;
  const rng = stream(3, 'images');
  const labels = Uint8Array.from({ length: COUNT }, (_, i) => (i % 50 === 0 ? CLASSES - 1 : i % (CLASSES - 1)));
  const patterns = Float32Array.from({ length: CLASSES * input.features }, () => rng.normal());
  const pixels = Float32Array.from({ length: COUNT * input.features }, (_, at) => {
    const label = labels[Math.floor(at / input.features)]!;
    return 0.3 * patterns[label * input.features + (at % input.features)]! + rng.normal();
  });
  const image = input.image ?? [input.features];
  return toSamples({ pixels, labels, count: COUNT }, { image, normalise: { mean: 0, std: 1 }, augment: 'none' }, input);
}

/** As if trained: scales and shifts of any sign, and running statistics that have followed the samples. */
function trained(graph: Graph, samples: Samples): Network {
  const values = initialValues(graph, 1);
  const rng = stream(2, 'values');
  for (const { name } of channelSites(graph)) {
    const layer = values.get(name)!;
    layer.weights.forEach((_, c) => (layer.weights[c] = (c % 2 === 0 ? 1 : -1) * (0.3 + rng.uniform())));
    layer.bias.forEach((_, c) => (layer.bias[c] = rng.normal() / 2));
  }
  const network = new Network(graph, values);
  for (let i = 0; i < 30; i++) tf.tidy(() => void network.forward(samples.range(0, 100), { training: true }));
  return network;
}

/** F by its definition from the whole maps of a node: pooled in float64, over all samples at once. */
function reference(map: tf.Tensor, labels: Int32Array, pool: Pool): FStatistics {
  const channels = map.shape.at(-1)!;
  const positions = map.size / map.shape[0] / channels;
  const values = map.dataSync<'float32'>();
  if (pool === 'spatial') {
    const repeated = Int32Array.from({ length: labels.length * positions }, (_, i) => labels[Math.floor(i / positions)]!);
    return fStatistic(values, repeated, CLASSES);
  }
  const pooled = new Float64Array(labels.length * channels).fill(pool === 'max' ? -Infinity : 0);
  for (let i = 0; i < values.length; i++) {
    const at = Math.floor(i / channels / positions) * channels + (i % channels);
    pooled[at] = pool === 'max' ? Math.max(pooled[at]!, values[i]!) : pooled[at]! + values[i]! / positions;
  }
  return fStatistic(pooled, labels, CLASSES);
}

function expectClose(found: FStatistics, wanted: FStatistics): void {
  expect([found.samples, found.classes, found.f.length]).toEqual([wanted.samples, wanted.classes, wanted.f.length]);
  wanted.f.forEach((f, c) => expect(Math.abs(found.f[c]! - f)).toBeLessThanOrEqual(TOLERANCE * Math.max(f, 1)));
  wanted.etaSquared.forEach((eta, c) => expect(Math.abs(found.etaSquared[c]! - eta)).toBeLessThanOrEqual(TOLERANCE));
}

/** The node that a feature is read at, by the names of the declared networks: `..._bn1` is followed by `..._relu1`. */
const nodeOf = (graph: Graph, site: string, feature: Feature): string => {
  if (feature === 'bn_out') return site;
  if (feature === 'post_relu') return site.replace(/bn(\d*)$/, 'relu$1');
  const norm = graph.nodes.find(({ name }) => name === site)!;
  return norm.op === 'batch-norm' ? norm.from : '';
};

beforeAll(() => void loadRuntime(1));

describe.each([
  { name: 'preresnet', depth: 11 },
  { name: 'densenet', depth: 7, growth: 3, init: 4 },
] as const)('statistics of the channels of $name', (model) => {
  const graph = architecture({ growth: 3, ...model }, [8, 8, 2], CLASSES);
  const sites = channelSites(graph);
  let network: Network;
  let samples: Samples;
  let maps: Map<string, tf.Tensor>;
  beforeAll(() => {
    samples = samplesOf(graph);
    network = trained(graph, samples);
    tf.tidy(() => {
      maps = network.forward(samples.range(0, COUNT));
      for (const map of maps.values()) tf.keep(map);
    });
  });
  afterAll(() => {
    tf.dispose([...maps.values()]);
    samples.dispose();
    network.dispose();
  });
  const gather = (feature: Feature, pool: Pool, more: { samples?: number; signal?: AbortSignal; batch?: number } = {}) =>
    gatherChannelStatistics(network, samples, {
      criterion: { feature, pool, samples: more.samples },
      classes: CLASSES,
      batch: more.batch ?? BATCH,
      sites,
      ...(more.signal && { signal: more.signal }),
    });

  it.each(FEATURES.flatMap((feature) => POOLS.map((pool) => ({ feature, pool }))))(
    'are F of the maps: $feature, $pool',
    async ({ feature, pool }) => {
      const found = await gather(feature, pool);
      expect([...found.keys()]).toEqual(sites.map(({ name }) => name));
      for (const { name } of sites) expectClose(found.get(name)!, reference(maps.get(nodeOf(graph, name, feature))!, samples.labels, pool));
    },
  );

  it('do not see the shift and scale of the batch norm', async () => {
    const [before, after] = [await gather('bn_in', 'mean'), await gather('bn_out', 'mean')];
    for (const { name } of sites) expectClose(after.get(name)!, before.get(name)!);
    // What a ReLU cuts off is neither.
    const relu = await gather('post_relu', 'mean');
    expect(sites.some(({ name }) => relu.get(name)!.f.some((f, c) => Math.abs(f - after.get(name)!.f[c]!) > 0.1 * f))).toBe(true);
  });

  it('do not depend on the batches, and come from the first samples where fewer are asked for', async () => {
    const [whole, odd] = [await gather('post_relu', 'mean'), await gather('post_relu', 'mean', { batch: 77 })];
    for (const { name } of sites) expectClose(odd.get(name)!, whole.get(name)!);
    const few = await gather('post_relu', 'mean', { samples: 250 });
    for (const { name } of sites) {
      const map = tf.slice(maps.get(nodeOf(graph, name, 'post_relu'))!, 0, 250);
      expectClose(few.get(name)!, reference(map, samples.labels.subarray(0, 250), 'mean'));
      map.dispose();
    }
    expect((await gather('post_relu', 'mean', { samples: 10 * COUNT })).get(sites[0]!.name)!.samples).toBe(COUNT);
  });

  it('leave no tensors and let others run; cancelled, they end between two batches and leave none either', async () => {
    const tensors = tf.memory().numTensors;
    let turns = 0;
    const count = setInterval(() => turns++, 0);
    await gather('post_relu', 'mean');
    clearInterval(count);
    expect(turns).toBeGreaterThan(1);
    expect(tf.memory().numTensors).toBe(tensors);
    const abort = new AbortController();
    setImmediate(() => abort.abort(new Error('cancelled')));
    await expect(gather('post_relu', 'mean', { signal: abort.signal })).rejects.toThrow('cancelled');
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

describe('batch norms without maps or without a ReLU', () => {
  const graph: Graph = {
    name: 'rows',
    description: '',
    nodes: [
      { op: 'input', name: 'input', features: 6, image: null, flat: true },
      { op: 'dense', name: 'fc1', from: 'input', inputs: 6, outputs: 5, bias: false },
      { op: 'batch-norm', name: 'bn1', from: 'fc1', channels: 5, epsilon: 1e-5, momentum: 0.1 },
      { op: 'relu', name: 'fires', from: 'bn1' },
      { op: 'dense', name: 'fc2', from: 'fires', inputs: 5, outputs: 4, bias: false },
      { op: 'batch-norm', name: 'bn2', from: 'fc2', channels: 4, epsilon: 1e-5, momentum: 0.1 },
      { op: 'dense', name: 'fc3', from: 'bn2', inputs: 4, outputs: CLASSES, bias: true },
    ],
  };

  it.each(POOLS)('rows are their own pooled values (%s), and without a ReLU the batch norm is what is read', async (pool) => {
    const samples = samplesOf(graph);
    const network = trained(graph, samples);
    const found = await gatherChannelStatistics(network, samples, {
      criterion: { feature: 'post_relu', pool, samples: undefined },
      classes: CLASSES,
      batch: BATCH,
      sites: channelSites(graph),
    });
    tf.tidy(() => {
      const maps = network.forward(samples.range(0, COUNT));
      expectClose(found.get('bn1')!, reference(maps.get('fires')!, samples.labels, 'mean'));
      expectClose(found.get('bn2')!, reference(maps.get('bn2')!, samples.labels, 'mean'));
    });
    samples.dispose();
    network.dispose();
  });
});
