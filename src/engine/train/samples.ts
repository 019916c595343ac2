import * as tf from '@tensorflow/tfjs';

/** One split of a data set on the kernels' side: normalised images [count, features] and their labels. */
export interface Samples {
  x: tf.Tensor2D;
  labels: Int32Array;
  labelTensor: tf.Tensor1D;
  count: number;
}

/** Pixels 0..255 [count × features] become (pixel/255 - mean) / std. The tensors live until `disposeSamples`. */
export function toSamples(
  split: { pixels: Uint8Array; labels: Uint8Array; count: number },
  normalise: { mean: number; std: number },
): Samples {
  const table = Float32Array.from({ length: 256 }, (_, p) => (p / 255 - normalise.mean) / normalise.std);
  const values = new Float32Array(split.pixels.length);
  for (let i = 0; i < values.length; i++) values[i] = table[split.pixels[i]!]!;
  const labels = Int32Array.from(split.labels);
  return {
    x: tf.keep(tf.tensor2d(values, [split.count, values.length / split.count])),
    labels,
    labelTensor: tf.keep(tf.tensor1d(labels.slice(), 'int32')),
    count: split.count,
  };
}

export function disposeSamples(samples: Samples): void {
  samples.x.dispose();
  samples.labelTensor.dispose();
}

/** The first `count` images (or all, if there are fewer). */
export function firstSamples(samples: Samples, count: number): tf.Tensor2D {
  return tf.slice(samples.x, [0, 0], [Math.min(count, samples.count), samples.x.shape[1]]);
}
