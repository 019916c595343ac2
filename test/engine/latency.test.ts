import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { measureLatencies } from '../../src/engine/measure/latency';
import type { InputNode } from '../../src/engine/nn/graph';
import { mlp } from '../../src/engine/nn/mlp';
import { initialValues } from '../../src/engine/train/initial';
import { toSamples } from '../../src/engine/train/samples';

beforeAll(() => void loadRuntime(1));

const FEATURES = 64;
const networkOf = (hidden: number[], count: number) => {
  const graph = mlp('timed', FEATURES, null, hidden, 10);
  const split = { pixels: new Float32Array(count * FEATURES).fill(0.5), labels: new Uint8Array(count), count };
  const samples = toSamples(split, { image: [FEATURES], normalise: { mean: 0, std: 1 }, augment: 'none' }, graph.nodes[0] as InputNode);
  return { graph, values: initialValues(graph, 1), samples };
};

it('times each network over its own batch, and the larger one takes longer', async () => {
  const before = tf.memory().numTensors;
  const networks = [networkOf([4], 100), networkOf([2000, 2000], 300)];
  const [small, large] = await measureLatencies(
    networks,
    { batch: 200, repeats: 13 },
    { threads: 1, signal: new AbortController().signal },
  );
  // Of 4 million multiply-accumulates a sample against 300, on whatever machine.
  expect(large!.median).toBeGreaterThan(small!.median);
  expect(small).toMatchObject({ batch: 100, repeats: 13, threads: 1 });
  expect(large).toMatchObject({ batch: 200, repeats: 13, threads: 1 });
  for (const { samples } of networks) samples.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

it('ends between two turns when the run is cancelled, and leaves no tensors', async () => {
  const before = tf.memory().numTensors;
  const network = networkOf([8], 20);
  const abort = new AbortController();
  setImmediate(() => abort.abort(new Error('enough')));
  const measured = measureLatencies([network], { batch: 20, repeats: 10_000 }, { threads: 1, signal: abort.signal });
  await expect(measured).rejects.toThrow('enough');
  network.samples.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
