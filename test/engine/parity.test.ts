/** On the native kernels: a network with channels cut, the narrower network made of it, and that in its form for inference give the same logits. */
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '../../src/config/schema';
import { foldBatchNorms } from '../../src/engine/compact/fold';
import { narrow } from '../../src/engine/compact/narrow';
import { axis } from '../../src/engine/kernels/call';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { architecture } from '../../src/engine/nn/architectures';
import { channelSites, type Graph, type Node } from '../../src/engine/nn/graph';
import type { NetworkValues } from '../../src/engine/nn/values';
import { stream } from '../../src/engine/random';
import { initialValues } from '../../src/engine/train/initial';
import { Network } from '../../src/engine/train/network';

const TOLERANCE = 1e-4;

beforeAll(() => {
  loadRuntime(2);
  // Made once and kept for good.
  axis();
});

/** As a trained network is: scales of both signs, shifts, running statistics; and a fraction of the channels cut. */
function cutNetwork(graph: Graph, dead: number): NetworkValues {
  const rng = stream(1, 'parity', graph.name, dead);
  const values = initialValues(graph, 1);
  for (const { name, op, channels } of channelSites(graph)) {
    const v = values.get(name)!;
    const alive = Uint8Array.from({ length: channels }, () => (rng.uniform() < dead ? 0 : 1));
    alive[rng.int(channels)] = 1;
    if (op === 'batch-norm') {
      for (let c = 0; c < channels; c++) {
        v.weights[c] = alive[c]! * (0.5 + 0.2 * rng.normal());
        v.bias[c] = alive[c]! * 0.3 * rng.normal();
        v.mean![c] = 0.3 * rng.normal();
        v.variance![c] = 0.5 + rng.uniform();
      }
      v.mask.set(alive);
    } else {
      v.mask.set(v.mask.map((m, e) => m & alive[e % channels]!));
      v.weights.set(v.weights.map((w, e) => w * v.mask[e]!));
      values.set(name, { ...v, biasMask: alive, bias: v.bias.map((_, c) => alive[c]! * 0.3 * rng.normal()) });
    }
  }
  return values;
}

function custom(): Graph {
  const conv = (name: string, from: string, inputs: number, outputs: number): Node => {
    return { op: 'conv', name, from, inputs, outputs, kernel: [3, 3], strides: [1, 1], padding: 'same', bias: true };
  };
  const norm = (name: string, from: string, channels: number): Node => ({
    op: 'batch-norm',
    name,
    from,
    channels,
    epsilon: 1e-3,
    momentum: 0.01,
  });
  return {
    name: 'custom',
    description: 'add and concat',
    nodes: [
      { op: 'input', name: 'input', features: 16 * 16 * 3, image: [16, 16, 3], flat: false },
      conv('a', 'input', 3, 20),
      norm('a_bn', 'a', 20),
      { op: 'relu', name: 'a_relu', from: 'a_bn' },
      conv('b', 'a_relu', 20, 20),
      norm('b_bn', 'b', 20),
      { op: 'add', name: 'sum', from: ['b_bn', 'a_relu'] },
      { op: 'relu', name: 'sum_relu', from: 'sum' },
      conv('c', 'sum_relu', 20, 13),
      norm('c_bn', 'c', 13),
      { op: 'relu', name: 'c_relu', from: 'c_bn' },
      { op: 'concat', name: 'joined', from: ['sum_relu', 'c_relu', 'a_relu'] },
      norm('joined_bn', 'joined', 53),
      { op: 'relu', name: 'joined_relu', from: 'joined_bn' },
      { op: 'max-pool', name: 'pool', from: 'joined_relu', size: [2, 2], strides: [2, 2], padding: 'valid' },
      { op: 'flatten', name: 'flat', from: 'pool' },
      { op: 'dense', name: 'fc', from: 'flat', inputs: 53 * 64, outputs: 7, bias: true },
    ],
  };
}

const built = (model: Model, image: number[]): [string, () => Graph] => [
  'depth' in model ? `${model.name}-${model.depth}` : model.name,
  () => architecture(model, image, 10),
];
const CIFAR = [32, 32, 3];

describe.each([
  built({ name: 'vgg-16' }, CIFAR),
  built({ name: 'vgg-19' }, CIFAR),
  built({ name: 'resnet-18' }, CIFAR),
  built({ name: 'resnet-20' }, CIFAR),
  built({ name: 'resnet-56' }, [16, 16, 3]),
  built({ name: 'resnet-110' }, [16, 16, 3]),
  built({ name: 'resnet-164' }, [16, 16, 3]),
  built({ name: 'preresnet', depth: 20 }, CIFAR),
  built({ name: 'densenet-40', growth: 12 }, [16, 16, 3]),
  built({ name: 'lenet-5' }, [28, 28, 1]),
  ['a custom network with add and concat', custom],
])('%s', (_, make) => {
  const graph = make();
  const [input] = graph.nodes;
  const x = () => tf.randomNormal([4, ...(input as Extract<Node, { op: 'input' }>).image!], 0, 1, 'float32', 5);
  let before = 0;
  beforeAll(() => (before = tf.memory().numTensors));
  afterAll(() => expect(tf.memory().numTensors).toBe(before));

  it.each([0, 0.3, 0.6, 0.9])('with %f of its channels cut', (dead) => {
    const values = cutNetwork(graph, dead);
    const compact = narrow(graph, values);
    const folded = foldBatchNorms(compact.graph, compact.values);
    const networks = [
      new Network(graph, values),
      new Network(compact.graph, compact.values),
      new Network(folded.graph, folded.values),
    ] as const;
    const batch = x();
    const [masked, narrower, inference] = networks.map((network) => tf.tidy(() => [...network.logits(batch).dataSync<'float32'>()]));
    const scale = Math.max(...masked!.map(Math.abs));
    // Logits of the size that networks have, or the tolerance would say nothing; of larger ones the same digits.
    expect(scale).toBeGreaterThan(1e-3);
    const tolerance = TOLERANCE * Math.max(1, scale / 10);
    for (const logits of [narrower!, inference!]) {
      expect(Math.max(...masked!.map((v, i) => Math.abs(v - logits[i]!)))).toBeLessThanOrEqual(tolerance);
    }
    const isNarrower = compact.graph.nodes.some(
      (node) => 'outputs' in node && node.outputs < (graph.nodes.find((n) => n.name === node.name) as typeof node).outputs,
    );
    expect(isNarrower).toBe(dead > 0);
    networks.forEach((network) => network.dispose());
    batch.dispose();
  });
});
