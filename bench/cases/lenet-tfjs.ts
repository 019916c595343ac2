/**
 * The epoch of lenet-epoch.ts as TensorFlow.js users write it: a layers model and fit(), with shuffling, on the same native kernels.
 *
 * node lenet-tfjs.js THREADS
 */
import * as tf from '@tensorflow/tfjs';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { CLASSES, randomBytes } from '../shared/samples';
import { serve } from '../shared/serve';

async function main(): Promise<void> {
  const [threads = '1'] = process.argv.slice(2);
  loadRuntime(Number(threads));
  const { count, pixels, labels } = randomBytes(50_000, 784);
  const x = tf.tensor2d(
    Float32Array.from(pixels, (p) => p / 255),
    [count, 784],
  );
  const y = tf.oneHot(tf.tensor1d(Int32Array.from(labels), 'int32'), CLASSES);
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [784], units: 300, activation: 'relu' }),
      tf.layers.dense({ units: 100, activation: 'relu' }),
      tf.layers.dense({ units: CLASSES, activation: 'softmax' }),
    ],
  });
  model.compile({ optimizer: tf.train.momentum(0.01, 0.9, true), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  await serve(() => model.fit(x, y, { batchSize: 128, epochs: 1, shuffle: true, verbose: 0 }), { warmUps: 0, times: 1 });
}

void main();
