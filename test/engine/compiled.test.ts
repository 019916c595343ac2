/** Compiled steps and logits against the same ops one by one. */
import { readdirSync } from 'node:fs';
import os from 'node:os';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it, vi } from 'vitest';
import { Model } from '../../src/config/schema';
import { add } from '../../src/engine/kernels/ops';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { Session } from '../../src/engine/kernels/session';
import { Variable } from '../../src/engine/kernels/variable';
import { architecture } from '../../src/engine/nn/architectures';
import type { Graph } from '../../src/engine/nn/graph';
import { mlp } from '../../src/engine/nn/mlp';
import { stream } from '../../src/engine/random';
import { initialValues } from '../../src/engine/train/initial';
import { Network, type StepOptions } from '../../src/engine/train/network';
import type { Measurement } from '../../src/engine/train/observer';
import { temporaryFolder } from './helpers';

beforeAll(() => void loadRuntime());

const CLASSES = 5;
const IMAGE = [8, 8, 3];
/** Of float32: graphs may add in another order. */
const TOLERANCE = 2e-5;
const networks: [string, Graph, number[]][] = [
  ['mlp', mlp('mlp', 20, null, [16, 12], CLASSES), [20]],
  ['lenet-5', architecture(Model.parse({ name: 'lenet-5' }), [28, 28, 1], CLASSES), [28, 28, 1]],
  ['densenet', architecture(Model.parse({ name: 'densenet', depth: 10, growth: 4 }), IMAGE, CLASSES), IMAGE],
  ['preresnet', architecture(Model.parse({ name: 'preresnet', depth: 11 }), IMAGE, CLASSES), IMAGE],
];

function optionsOf(rate: number, more: Partial<StepOptions> = {}): StepOptions {
  return { rate: tf.scalar(rate), momentum: tf.scalar(0.9), decay: tf.scalar(1e-2), nesterov: true, gammaPenalty: 0, ...more };
}

const close = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  expect(a.length).toBe(b.length);
  let worst = 0;
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs(a[i]! - b[i]!) / Math.max(1, Math.abs(b[i]!)));
  expect(worst).toBeLessThan(TOLERANCE);
};

it.each(networks)(
  '%s: the same losses, logits, outputs and parameters through steps, cuts and changes from outside',
  (name, graph, shape) => {
    const rng = stream(1, name);
    const [compiled, plain] = [new Network(graph, initialValues(graph, 3)), new Network(graph, initialValues(graph, 3))];
    const both = [compiled, plain];
    compiled.compile();
    const first = graph.nodes[1]!.name;
    const layer = [...plain.values().keys()].at(-1)!;
    /** What a node gives, something made of it and of the labels, and the weights before the step. */
    const seen = (network: Network): Measurement => ({
      key: 'seen',
      outputs: [first],
      of: (outputs, labels) => {
        const y = outputs.get(first)!;
        return [y, tf.mul(tf.sum(y), tf.sum(tf.cast(labels, 'float32'))), network.readWeights(layer)];
      },
    });
    let tensors = 0;
    for (let i = 0; i < 14; i++) {
      // Two sizes of batches in turn, as at the end of an epoch; every change that a run makes between steps.
      const n = i % 3 === 2 ? 3 : 6;
      const [x, y] = [
        tf.randomNormal([n, ...shape], 0, 1, 'float32', i + 1),
        tf.tensor1d(
          Array.from({ length: n }, () => rng.int(CLASSES)),
          'int32',
        ),
      ];
      const measurement = i % 4 === 1 || i === 7 ? seen : undefined;
      const options = optionsOf(0.02 / (i + 1), { nesterov: i < 10, gammaPenalty: i >= 12 ? 1e-3 : 0 });
      const results = both.map((network) =>
        tf.tidy(() => {
          const { loss, logits, measured } = network.step(x, y, { ...options, measurement: measurement?.(network) });
          expect(measured.length).toBe(measurement ? 3 : 0);
          return [loss, logits, ...measured].map((t) => t.dataSync().slice());
        }),
      );
      results[0]!.forEach((numbers, r) => close(numbers, results[1]![r]!));
      if (i === 5 || i === 9) {
        const kept = plain.maskOf(layer).map(() => (rng.uniform() < 0.5 ? 1 : 0));
        for (const network of both) network.prune(new Map([[layer, kept]]));
      }
      if (i === 11) for (const network of both) network.setValues(initialValues(graph, 4));
      const logits = both.map((network) => tf.tidy(() => network.logits(x).dataSync().slice()));
      close(logits[0]!, logits[1]!);
      const measured = both.map((network) => tf.tidy(() => network.measure(x, y, seen(network)).map((t) => t.dataSync().slice())));
      measured[0]!.forEach((numbers, m) => close(numbers, measured[1]![m]!));
      tf.dispose([x, y, options.rate, options.momentum, options.decay!]);
      if (i === 6) tensors = tf.memory().numTensors;
    }
    // The cut made one mask in each network.
    expect(tf.memory().numTensors - tensors).toBeLessThanOrEqual(0);
    const [values, expected] = [compiled.values(), plain.values()];
    const [velocities, expectedVelocities] = [compiled.velocities(), plain.velocities()];
    for (const [node, v] of expected) {
      const got = values.get(node)!;
      for (const key of ['weights', 'bias'] as const) {
        close(got[key], v[key]);
        close(velocities.get(node)![key], expectedVelocities.get(node)![key]);
      }
      if (v.mean) close(got.mean!, v.mean);
      if (v.variance) close(got.variance!, v.variance);
      expect(got.mask).toEqual(v.mask);
    }
    for (const network of both) network.dispose();
  },
);

it.each(networks)('%s: logits with frozen values follow when the values change', (_, graph, shape) => {
  const [frozen, plain] = [new Network(graph, initialValues(graph, 6)), new Network(graph, initialValues(graph, 6))];
  frozen.compile({ frozen: true });
  const x = tf.randomNormal([4, ...shape], 0, 1, 'float32', 2);
  const logits = () => [frozen, plain].map((network) => tf.tidy(() => network.logits(x).dataSync().slice()));
  for (let i = 0; i < 2; i++) close(...(logits() as [Float32Array, Float32Array]));
  const before = logits()[1]!;
  for (const network of [frozen, plain]) network.setValues(initialValues(graph, 7));
  const after = logits();
  close(after[0]!, after[1]!);
  expect(after[1]).not.toEqual(before);
  for (const network of [frozen, plain]) network.dispose();
});

it('goes on bit by bit as before in a network that takes over its values and momentum', () => {
  const [, graph, shape] = networks[2]!;
  const batches = Array.from({ length: 6 }, (_, i) => tf.randomNormal([4, ...shape], 0, 1, 'float32', i + 1));
  const labels = tf.tensor1d([0, 1, 2, 3], 'int32');
  const options = optionsOf(0.05);
  const train = (network: Network, from: number, to: number) =>
    batches.slice(from, to).forEach((x) => tf.tidy(() => void network.step(x, labels, options)));
  const network = new Network(graph, initialValues(graph, 5));
  network.compile();
  train(network, 0, 3);
  const heir = new Network(graph, network.values());
  heir.compile();
  heir.setVelocities(network.velocities());
  for (const each of [network, heir]) train(each, 3, 6);
  expect(heir.values()).toEqual(network.values());
  expect(heir.velocities()).toEqual(network.velocities());
});

it('reads a variable before it changes it, and leaves its values to whoever asks', () => {
  const counter = new Variable([2], Float32Array.from([1, 10]));
  const session = new Session([counter]);
  const step = (by: number) =>
    tf.tidy(() => {
      const increase = tf.tensor1d([by, by]);
      const [before] = session.run('count', [increase], () => {
        const now = counter.read();
        counter.take(add(now, increase));
        return [now];
      });
      return [...before!.dataSync()];
    });
  expect([step(1), step(2), step(3)]).toEqual([
    [1, 10],
    [2, 11],
    [4, 13],
  ]);
  session.toVariables();
  expect([...counter.values()]).toEqual([7, 16]);
  counter.assign(Float32Array.from([0, 5]));
  session.changed([counter]);
  expect(step(1)).toEqual([0, 5]);
  session.dispose();
  // What the graph had not given back is lost with it: here nothing is read after the last step.
  expect([...counter.values()]).toEqual([0, 5]);
});

it('leaves nothing in the folder for temporary files', () => {
  const folder = temporaryFolder();
  for (const name of ['TMPDIR', 'TEMP']) vi.stubEnv(name, folder);
  expect(os.tmpdir()).toBe(folder);
  const counter = new Variable([1], Float32Array.from([1]));
  const session = new Session([counter]);
  expect(tf.tidy(() => session.run('read', [tf.tensor1d([1])], () => [counter.read()])[0]!.dataSync()[0])).toBe(1);
  expect(readdirSync(folder)).toEqual([]);
  session.dispose();
  vi.unstubAllEnvs();
});
