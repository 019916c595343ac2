import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { GraphBuilder } from '../../src/engine/nn/builder';
import type { Graph, Node } from '../../src/engine/nn/graph';
import { stream } from '../../src/engine/random';
import { initialValues } from '../../src/engine/train/initial';
import { Network } from '../../src/engine/train/network';

beforeAll(() => void loadRuntime());

/** Concatenations of concatenations, read through selections in any order, some also as a whole, some by nobody. */
function nested(seed: number): Graph {
  const rng = stream(seed, 'nested');
  const b = new GraphBuilder([5, 4, 3]);
  const nodes: Node[] = [];
  const width = new Map<string, number>();
  const start = b.conv('start', 'input', 4, 3);
  nodes.push(...b.graph('', '').nodes);
  nodes.forEach(({ name }) => width.set(name, b.channels(name)));
  const put = (node: Node, channels: number) => {
    nodes.push(node);
    width.set(node.name, channels);
    return node.name;
  };
  const select = (from: string, at: string) => {
    const indices = [...rng.permutation(width.get(from)!)].slice(0, 1 + rng.int(width.get(from)!));
    return put({ op: 'select', name: `${at}_select`, from, indices }, indices.length);
  };
  const layer = (from: string, at: string, outputs: number) => {
    const channels = width.get(from)!;
    put({ op: 'batch-norm', name: `${at}_bn`, from, channels, epsilon: 1e-5, momentum: 0.1 }, channels);
    put({ op: 'relu', name: `${at}_relu`, from: `${at}_bn` }, channels);
    const shape = { kernel: [3, 3], strides: [1, 1], padding: 'same', bias: false } as const;
    const conv = { op: 'conv', name: `${at}_conv`, from: `${at}_relu`, inputs: channels, outputs, ...shape } as unknown as Node;
    return put(conv, outputs);
  };
  let x = start;
  for (let l = 0; l < 4; l++) {
    const read = l > 0 && rng.uniform() < 0.8 ? select(x, `l${l}`) : x;
    const added = layer(read, `l${l}`, 1 + rng.int(4));
    const from = rng.uniform() < 0.3 ? [added, x, added] : rng.uniform() < 0.3 ? ['input', x, added] : [x, added];
    const total = from.reduce((sum, name) => sum + width.get(name)!, 0);
    x = put({ op: 'concat', name: `l${l}_concat`, from }, total);
    if (rng.uniform() < 0.3) select(x, `dead${l}`);
  }
  x = layer(select(x, 'last'), 'last', 3);
  put({ op: 'global-average-pool', name: 'pool', from: x }, 3);
  put({ op: 'dense', name: 'fc', from: 'pool', inputs: 3, outputs: 3, bias: true }, 3);
  return { name: 'nested', description: '', nodes };
}

/** The same network, in which no selection reads a concatenation: nothing is put in its place then. */
function hidden({ nodes, ...graph }: Graph): Graph {
  const spaced = nodes.flatMap((node): Node[] =>
    node.op === 'select'
      ? [
          { op: 'pad-channels', name: `${node.name}_source`, from: node.from, before: 0, after: 0 },
          { ...node, from: `${node.name}_source` },
        ]
      : [node],
  );
  return { ...graph, nodes: spaced };
}

const SEEDS = Array.from({ length: 20 }, (_, seed) => seed);

const close = (got: ArrayLike<number>, expected: ArrayLike<number>, what: string) => {
  expect(got.length, what).toBe(expected.length);
  for (let i = 0; i < got.length; i++)
    expect(Math.abs(got[i]! - expected[i]!), what).toBeLessThanOrEqual(1e-4 * (1 + Math.abs(expected[i]!)));
};

it.each(SEEDS)('selections from concatenations give and learn the same as where they are made one by one: network %i', (seed) => {
  const graph = nested(seed);
  const values = initialValues(graph, seed);
  const [ours, plain] = [new Network(graph, values), new Network(hidden(graph), values)];
  const rng = stream(seed, 'x');
  const x = tf.tensor(
    Float32Array.from({ length: 6 * 60 }, () => rng.normal()),
    [6, 5, 4, 3],
  );
  const labels = tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32');
  const sgd = { rate: tf.scalar(0.05), momentum: tf.scalar(0.9), decay: tf.scalar(1e-3), nesterov: true, gammaPenalty: 0 };
  for (let step = 0; step < 3; step++) {
    tf.tidy(() => {
      const [all, expected] = [ours.forward(x), plain.forward(x)];
      expect([...all.keys()]).toEqual(graph.nodes.map(({ name }) => name));
      for (const [name, tensor] of all) {
        expect(tensor.shape).toEqual(expected.get(name)!.shape);
        close(tensor.dataSync(), expected.get(name)!.dataSync(), name);
      }
      const concats = new Set(graph.nodes.filter(({ op }) => op === 'concat').map(({ name }) => name));
      for (const [name, tensor] of ours.forward(x, { keep: concats })) expect(tensor.dataSync()).toEqual(all.get(name)!.dataSync());
      expect(ours.logits(x).dataSync()).toEqual(all.get('fc')!.dataSync());
    });
    const onForward = (outputs: Map<string, tf.Tensor>) => expect([...outputs.keys()].join()).not.toContain(':');
    const before = tf.memory().numTensors;
    const losses = [ours, plain].map((network) =>
      tf.tidy(() => network.step(x, labels, { ...sgd, ...(step === 1 && { onForward }) }).loss.dataSync()),
    );
    if (step > 0) expect(tf.memory().numTensors).toBe(before);
    close(losses[0]!, losses[1]!, 'loss');
    const expected = [plain.values(), plain.velocities()];
    [ours.values(), ours.velocities()].forEach((state, i) => {
      for (const [name, arrays] of state) {
        for (const key of ['weights', 'bias'] as const) close(arrays[key], expected[i]!.get(name)![key], `${name} ${key}`);
      }
    });
  }
  ours.dispose();
  plain.dispose();
});
