/**
 * F of every connection of LeNet-300-100 over some batches, each connection's feature w·a with the weights as they are: from the activations
 * of the batches to the numbers. All ways give the same F, some of which each round tells.
 *
 * naive:  the features of a batch as a matrix [batch × connections], and its sums, in plain TensorFlow.js
 * paper:  running sums S_c and Q of each connection, from products of the batch's sums with the weights (pruning by screening, eq. 4),
 *         in plain TensorFlow.js
 * online: what the engine does in the reading of that name: class moments, in float64 from batch to batch, without cancellation
 * input:  what it does by default: F of w·a is that of a while w stays, so the statistics are those of the layer's inputs
 *
 * node f-statistics.js naive|paper|online|input THREADS
 */
import * as tf from '@tensorflow/tfjs';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import type { DenseNode } from '../../src/engine/nn/graph';
import { pixelStatistics } from '../../src/engine/screening/pixels';
import { initialValues } from '../../src/engine/train/initial';
import { Network } from '../../src/engine/train/network';
import { makeGatherer } from '../../src/engine/train/statistics';
import { plainF } from '../shared/plainF';
import { CLASSES, graphOf, randomBytes, samplesOf } from '../shared/samples';
import { serve } from '../shared/serve';

const BATCH = 128;
const BATCHES = 8;
/** Of each layer, so many F values are told. */
const TOLD = 20;

async function main(): Promise<void> {
  const [mode = 'input', threads = '1'] = process.argv.slice(2);
  loadRuntime(Number(threads));
  const split = randomBytes(BATCH * BATCHES, 784);
  const graph = graphOf('lenet-300-100');
  const samples = samplesOf(split, [28, 28, 1], graph);
  const network = new Network(graph, initialValues(graph, 0));
  const layers = graph.nodes.filter((node): node is DenseNode => node.op === 'dense');
  const batches = Array.from({ length: BATCHES }, (_, b) => ({
    outputs: network.forward(samples.range(b * BATCH, (b + 1) * BATCH)),
    labels: samples.labelsOf(Int32Array.from({ length: BATCH }, (_, i) => b * BATCH + i)),
    labelValues: samples.labels.slice(b * BATCH, (b + 1) * BATCH),
  }));
  const readings = layers.map(({ name, from, inputs, outputs }) => ({
    weights: tf.tensor2d(network.weightsOf(name), [inputs, outputs]),
    batches: batches.map((batch) => ({ a: batch.outputs.get(from) as tf.Tensor2D, labels: batch.labels })),
  }));

  let f: ArrayLike<number>[] = [];
  const gathered = (feature: 'online' | 'input') => {
    const gatherer = makeGatherer(feature, network, CLASSES, 1, () => pixelStatistics(split, CLASSES));
    batches.forEach(({ outputs, labels, labelValues }, b) => {
      tf.tidy(() => gatherer.observe(b, gatherer.wants(b)!.of(outputs, labels), labelValues));
    });
    const statistics = gatherer.statistics();
    f = layers.map(({ name }) => statistics.get(name)!.f);
  };
  const plain = (form: 'naive' | 'paper') => {
    f = readings.map((layer) => {
      const tensor = tf.tidy(() => plainF(form, layer.weights, layer.batches, CLASSES));
      const values = tensor.dataSync();
      tensor.dispose();
      return values;
    });
  };
  const once = () => (mode === 'naive' || mode === 'paper' ? plain(mode) : gathered(mode as 'online' | 'input'));

  /** Connections spread over the layer; of the reading `input`, F of what they read. */
  const told = () =>
    layers.flatMap(({ inputs, outputs }, l) =>
      Array.from({ length: TOLD }, (_, t) => {
        const edge = Math.floor((t * inputs * outputs) / TOLD);
        return f[l]![mode === 'input' ? Math.floor(edge / outputs) : edge]!;
      }),
    );
  await serve(once, { warmUps: 1, more: () => ({ same: told() }) });
}

void main();
