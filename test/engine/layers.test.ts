import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import type { Graph, Node } from '../../src/engine/nn/graph';
import type { LayerValues, NetworkValues } from '../../src/engine/nn/values';
import { initialValues } from '../../src/engine/train/initial';
import { Network, type StepOptions } from '../../src/engine/train/network';

beforeAll(() => void loadRuntime());

interface Oracle {
  x: number[][];
  y: number[][];
  start: Record<string, Record<keyof LayerValues, number[]>>;
  weightMasks: Record<string, number[]>;
  channelMasks: Record<string, number[]>;
  biasMasks: Record<string, number[]>;
  runs: {
    masked: boolean;
    decay: number;
    penalty: number;
    losses: number[];
    values: Record<string, Record<string, number[]>>;
    logits: number[];
  }[];
}
const oracle = JSON.parse(readFileSync(path.join(__dirname, 'oracles', 'conv_net.json'), 'utf8')) as Oracle;

const norm = (name: string, from: string, channels: number, epsilon = 1e-5, momentum = 0.1): Extract<Node, { op: 'batch-norm' }> => ({
  op: 'batch-norm',
  name,
  from,
  channels,
  epsilon,
  momentum,
});
const pool = { size: [2, 2], strides: [2, 2], padding: 'valid' } as const;
/** The network of oracles/conv_net.py: every kind of layer once at least, several of them read more than once. */
const graph: Graph = {
  name: 'small',
  description: '',
  nodes: [
    { op: 'input', name: 'input', features: 192, image: [8, 8, 3], flat: false },
    { op: 'conv', name: 'conv1', from: 'input', inputs: 3, outputs: 6, kernel: [3, 3], strides: [1, 1], padding: 'same', bias: true },
    norm('bn1', 'conv1', 6),
    { op: 'relu', name: 'relu1', from: 'bn1' },
    { op: 'select', name: 'select', from: 'relu1', indices: [5, 0, 3, 2] },
    { op: 'conv', name: 'conv2', from: 'select', inputs: 4, outputs: 6, kernel: [3, 3], strides: [2, 2], padding: 'same', bias: false },
    norm('bn2', 'conv2', 6, 1e-3, 0.3),
    { op: 'relu', name: 'relu2', from: 'bn2' },
    { op: 'max-pool', name: 'pool', from: 'relu1', ...pool },
    { op: 'add', name: 'add', from: ['relu2', 'pool'] },
    { op: 'average-pool', name: 'average', from: 'relu1', ...pool },
    { op: 'pad-channels', name: 'pad', from: 'pool', before: 1, after: 2 },
    { op: 'concat', name: 'concat', from: ['add', 'average', 'pad'] },
    norm('bn3', 'concat', 21),
    { op: 'relu', name: 'relu3', from: 'bn3' },
    { op: 'global-average-pool', name: 'mean', from: 'relu3' },
    { op: 'dense', name: 'fc1', from: 'mean', inputs: 21, outputs: 7, bias: false },
    norm('bn4', 'fc1', 7),
    { op: 'relu', name: 'relu4', from: 'bn4' },
    { op: 'conv', name: 'conv3', from: 'relu3', inputs: 21, outputs: 2, kernel: [1, 1], strides: [1, 1], padding: 'valid', bias: false },
    { op: 'flatten', name: 'flat', from: 'conv3' },
    { op: 'concat', name: 'rows', from: ['relu4', 'flat'] },
    { op: 'dense', name: 'fc2', from: 'rows', inputs: 39, outputs: 5, bias: true },
  ],
};
const NORMS = Object.keys(oracle.channelMasks);
const masks = new Map(Object.entries({ ...oracle.weightMasks, ...oracle.channelMasks }).map(([n, m]) => [n, Uint8Array.from(m)]));
const biasMasks = new Map(Object.entries(oracle.biasMasks).map(([n, m]) => [n, Uint8Array.from(m)]));

function startValues(): NetworkValues {
  return new Map(
    Object.entries(oracle.start).map(([name, part]) => [
      name,
      {
        weights: Float32Array.from(part.weights),
        bias: Float32Array.from(part.bias),
        mask: new Uint8Array(part.weights.length).fill(1),
        ...(NORMS.includes(name) && { mean: Float32Array.from(part.mean), variance: Float32Array.from(part.variance) }),
      },
    ]),
  );
}

const batch = (i: number) => tf.tensor(oracle.x[i]!, [4, 8, 8, 3]);
const labels = (i: number) => tf.tensor1d(oracle.y[i]!, 'int32');
const sgd = (decay: number, gammaPenalty: number): StepOptions => ({
  rate: tf.scalar(0.05),
  momentum: tf.scalar(0.9),
  decay: decay ? tf.scalar(decay) : null,
  nesterov: true,
  gammaPenalty,
});

const maxDifference = (got: ArrayLike<number>, expected: ArrayLike<number>): number => {
  expect(got.length).toBe(expected.length);
  return Math.max(0, ...Array.from(expected, (e, i) => Math.abs(e - got[i]!)));
};

describe('a step of a network with every kind of layer', () => {
  it.each(oracle.runs)('is the one that PyTorch takes: masked $masked, decay $decay, penalty on scales $penalty', (run) => {
    const network = new Network(graph, startValues());
    if (run.masked) network.prune(masks, biasMasks);
    const options = sgd(run.decay, run.penalty);
    run.losses.forEach((expected, i) => {
      const loss = tf.tidy(() => tf.mean(network.step(batch(i), labels(i), options).loss).dataSync<'float32'>()[0]!);
      expect(Math.abs(loss - expected)).toBeLessThan(2e-5);
    });
    const values = network.values();
    for (const [name, part] of Object.entries(run.values)) {
      for (const [key, expected] of Object.entries(part)) {
        const difference = maxDifference(values.get(name)![key as 'weights'], expected);
        expect(difference, `${name}.${key}`).toBeLessThan(2e-5);
      }
    }
    const logits = tf.tidy(() => network.logits(batch(0)).dataSync<'float32'>());
    expect(maxDifference(logits, run.logits)).toBeLessThan(1e-4);
    network.dispose();
  });

  it('holds what was cut and its momentum at exactly zero through 100 Nesterov steps with decay and penalty', () => {
    const network = new Network(graph, startValues());
    const options = sgd(5e-3, 1e-2);
    const train = (steps: number) => {
      for (let i = 0; i < steps; i++) tf.tidy(() => void network.step(batch(i % 3), labels(i % 3), options));
    };
    train(5);
    network.prune(masks, biasMasks);
    train(100);
    for (const state of [network.values(), network.velocities()]) {
      for (const [name, mask] of masks) {
        const { weights, bias } = state.get(name)!;
        expect(weights.every((w, i) => (mask[i] ? Number.isFinite(w) : w === 0))).toBe(true);
        expect(weights.some((w) => w !== 0)).toBe(true);
        if (NORMS.includes(name)) expect(bias.every((b, i) => mask[i] || b === 0)).toBe(true);
      }
      for (const [name, mask] of biasMasks) expect(state.get(name)!.bias.every((b, i) => (b !== 0) === Boolean(mask[i]))).toBe(true);
    }
    expect(network.values().get('conv1')!.biasMask).toEqual(biasMasks.get('conv1'));
    network.dispose();
  });

  it('goes on from its values and velocities as if nothing had been', () => {
    const options = sgd(5e-3, 1e-2);
    const step = (network: Network, i: number) => tf.tidy(() => void network.step(batch(i), labels(i), options));
    const network = new Network(graph, startValues());
    network.prune(masks, biasMasks);
    step(network, 0);
    const second = new Network(graph, startValues());
    second.setValues(network.values());
    second.setVelocities(network.velocities());
    for (const n of [network, second]) [1, 2].forEach((i) => step(n, i));
    expect(second.values()).toEqual(network.values());
    expect(second.velocities()).toEqual(network.velocities());
    for (const n of [network, second]) n.dispose();
  });

  it('leaves no tensors behind, in the step or outside of it', () => {
    const options = sgd(1e-3, 1e-2);
    const inputs = [batch(0), labels(0)] as const;
    const before = tf.memory().numTensors;
    const network = new Network(graph, startValues());
    network.prune(masks, biasMasks);
    const during = () => {
      const start = tf.memory().numTensors;
      const left = tf.tidy(() => {
        network.step(...inputs, options);
        return tf.memory().numTensors;
      });
      expect(tf.memory().numTensors).toBe(start);
      return left - start;
    };
    tf.tidy(() => void network.logits(inputs[0])); // a select makes its matrix at its first use
    during();
    // Loss, logits, their gradient, and a scalar; statistics of the concatenation and its parts.
    expect(during()).toBeLessThanOrEqual(12);
    tf.tidy(() => void network.logits(inputs[0]));
    network.values();
    network.velocities();
    network.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('gives all outputs, or those that are to be kept, and the same ones', () => {
    const network = new Network(graph, startValues());
    tf.tidy(() => {
      const all = network.forward(batch(0));
      expect([...all.keys()]).toEqual(graph.nodes.map((n) => n.name));
      const some = network.forward(batch(0), { keep: new Set(['relu1', 'add', 'fc2']) });
      expect([...some.keys()]).toEqual(['relu1', 'add', 'fc2']);
      for (const [name, tensor] of some) expect(tensor.dataSync()).toEqual(all.get(name)!.dataSync());
      expect(network.logits(batch(0)).dataSync()).toEqual(all.get('fc2')!.dataSync());
    });
    network.dispose();
  });

  it('measures any output, and the weights before they change', () => {
    const network = new Network(graph, startValues());
    const names = graph.nodes.map(({ name }) => name);
    const measurement = {
      key: 'all',
      outputs: names,
      of: (outputs: ReadonlyMap<string, tf.Tensor>) => [network.readWeights('fc2'), ...names.map((name) => outputs.get(name)!)],
    };
    const before = network.weightsOf('fc2');
    tf.tidy(() => {
      const { measured } = network.step(batch(0), labels(0), { ...sgd(0.1, 0), measurement });
      expect(measured[0]!.dataSync()).toEqual(before);
      expect(measured.slice(1).every((t) => t.dataSync().every(Number.isFinite))).toBe(true);
    });
    expect(network.weightsOf('fc2')).not.toEqual(before);
    network.dispose();
  });
});

describe('initial values', () => {
  it('are normal by fan-in of dense layers and fan-out of convolutions; batch norms halve', () => {
    const conv = {
      op: 'conv',
      name: 'c',
      from: 'x',
      inputs: 64,
      outputs: 96,
      kernel: [3, 3],
      strides: [1, 1],
      padding: 'same',
      bias: false,
    } as const;
    const dense = { op: 'dense', name: 'd', from: 'x', inputs: 300, outputs: 100, bias: true } as const;
    const values = initialValues({ name: '', description: '', nodes: [conv, dense, norm('b', 'c', 4)] }, 1);
    const variance = (name: string) => {
      const { weights } = values.get(name)!;
      return weights.reduce((sum, w) => sum + w * w, 0) / weights.length;
    };
    // The relative error of a variance from n normal numbers is about sqrt(2 / n): 0.006 and 0.008 here.
    expect(variance('c') / (2 / (9 * 96))).toBeCloseTo(1, 1);
    expect(variance('d') / (2 / 300)).toBeCloseTo(1, 1);
    expect([values.get('c')!.bias.length, values.get('d')!.bias.length]).toEqual([0, 100]);
    const { weights, bias, mean, variance: running } = values.get('b')!;
    expect([weights, bias, mean, running].map((a) => [...a!])).toEqual([0.5, 0, 0, 1].map((v) => [v, v, v, v]));
  });
});
