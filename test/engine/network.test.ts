import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { mlp } from '../../src/engine/nn/mlp';
import type { NetworkValues } from '../../src/engine/nn/values';
import { Network } from '../../src/engine/train/network';

interface Oracle {
  dims: number[];
  x: number[][][];
  y: number[][];
  weights: number[][];
  biases: number[][];
  masks: number[][];
  runs: { nesterov: boolean; decay: number; masked: boolean; losses: number[]; weights: number[][]; biases: number[][] }[];
}
const oracle = JSON.parse(readFileSync(path.join(__dirname, 'oracles', 'masked_sgd.json'), 'utf8')) as Oracle;
const NAMES = ['fc1', 'fc2', 'fc3'];
const graph = mlp('small', oracle.dims[0]!, null, oracle.dims.slice(1, -1), oracle.dims.at(-1)!);

beforeAll(() => void loadRuntime());

function startValues(masked: boolean): NetworkValues {
  return new Map(
    NAMES.map((name, l) => {
      const mask = Uint8Array.from(masked ? oracle.masks[l]! : oracle.masks[l]!.map(() => 1));
      return [
        name,
        { weights: Float32Array.from(oracle.weights[l]!, (w, i) => w * mask[i]!), bias: Float32Array.from(oracle.biases[l]!), mask },
      ];
    }),
  );
}

function expectClose(got: Float32Array, expected: number[], tolerance: number) {
  expect(got.length).toBe(expected.length);
  expect(Math.max(...expected.map((e, i) => Math.abs(e - got[i]!)))).toBeLessThan(tolerance);
}

describe('masked momentum SGD', () => {
  it.each(oracle.runs)('takes the steps that PyTorch takes: nesterov $nesterov, decay $decay, masked $masked', (run) => {
    const network = new Network(graph, startValues(run.masked));
    const options = {
      rate: tf.scalar(0.1),
      momentum: tf.scalar(0.9),
      decay: run.decay ? tf.scalar(run.decay) : null,
      nesterov: run.nesterov,
      gammaPenalty: 0,
    };
    oracle.x.forEach((x, i) => {
      const loss = tf.tidy(() => {
        const { loss } = network.step(tf.tensor2d(x), tf.tensor1d(oracle.y[i]!, 'int32'), options);
        return tf.mean(loss).dataSync<'float32'>()[0]!;
      });
      expect(loss).toBeCloseTo(run.losses[i]!, 5);
    });
    const values = network.values();
    NAMES.forEach((name, l) => {
      expectClose(values.get(name)!.weights, run.weights[l]!, 2e-6);
      expectClose(values.get(name)!.bias, run.biases[l]!, 2e-6);
    });
    network.dispose();
  });

  it('keeps pruned weights and their momentum exactly zero through 100 Nesterov steps with decay', () => {
    const network = new Network(graph, startValues(false));
    const options = { rate: tf.scalar(0.1), momentum: tf.scalar(0.9), decay: tf.scalar(5e-3), nesterov: true, gammaPenalty: 0 };
    const step = (i: number) =>
      tf.tidy(() => void network.step(tf.tensor2d(oracle.x[i % 4]!), tf.tensor1d(oracle.y[i % 4]!, 'int32'), options));
    for (let i = 0; i < 10; i++) step(i);
    network.prune(new Map(NAMES.map((name, l) => [name, Uint8Array.from(oracle.masks[l]!)])));
    for (let i = 0; i < 100; i++) step(i);
    const [values, velocities] = [network.values(), network.velocities()];
    NAMES.forEach((name, l) => {
      oracle.masks[l]!.forEach((alive, i) => {
        if (alive) return;
        expect(values.get(name)!.weights[i]).toBe(0);
        expect(velocities.get(name)!.weights[i]).toBe(0);
      });
      expect(values.get(name)!.weights.some((w) => w !== 0)).toBe(true);
    });
    network.dispose();
  });

  it('does not write into the arrays that it was given', () => {
    const start = startValues(false);
    const copy = start.get('fc1')!.weights.slice();
    const network = new Network(graph, start);
    tf.tidy(
      () =>
        void network.step(tf.tensor2d(oracle.x[0]!), tf.tensor1d(oracle.y[0]!, 'int32'), {
          rate: tf.scalar(0.5),
          momentum: tf.scalar(0.9),
          decay: null,
          nesterov: true,
          gammaPenalty: 0,
        }),
    );
    expect(start.get('fc1')!.weights).toEqual(copy);
    expect(network.values().get('fc1')!.weights).not.toEqual(copy);
    network.dispose();
  });

  it('leaves no tensors behind', () => {
    const network = new Network(graph, startValues(true));
    const options = { rate: tf.scalar(0.1), momentum: tf.scalar(0.9), decay: tf.scalar(1e-3), nesterov: true, gammaPenalty: 0 };
    const before = tf.memory().numTensors;
    for (let i = 0; i < 20; i++)
      tf.tidy(() => void network.step(tf.tensor2d(oracle.x[i % 4]!), tf.tensor1d(oracle.y[i % 4]!, 'int32'), options));
    network.values();
    expect(tf.memory().numTensors).toBe(before);
    network.dispose();
  });
});
