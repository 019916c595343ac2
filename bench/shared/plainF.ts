import * as tf from '@tensorflow/tfjs';

export interface Read {
  /** What the layer reads, [samples, inputs]. */
  a: tf.Tensor2D;
  /** [samples] int32. */
  labels: tf.Tensor;
}

/** F of each connection's feature w·a, [inputs · outputs], as TensorFlow.js users would write it; see cases/f-statistics.ts. */
export function plainF(form: 'naive' | 'paper', weights: tf.Tensor2D, batches: readonly Read[], classes: number): tf.Tensor1D {
  const [inputs, outputs] = weights.shape;
  const edges = inputs * outputs;
  let counts: tf.Tensor = tf.zeros([classes, 1]);
  let sums: tf.Tensor = tf.zeros([classes, edges]);
  let squares: tf.Tensor = tf.zeros([edges]);
  for (const { a, labels } of batches) {
    [counts, sums, squares] = tf.tidy((): tf.Tensor[] => {
      const members = tf.oneHot(labels, classes).toFloat() as tf.Tensor2D;
      const added = form === 'naive' ? naiveSums(weights, a, members) : paperSums(weights, a, members);
      return [counts.add(members.sum(0).expandDims(1)), sums.add(added.sums), squares.add(added.squares)];
    }) as [tf.Tensor, tf.Tensor, tf.Tensor];
  }
  const samples = counts.sum();
  const explained = sums.square().div(counts).sum(0);
  const between = explained.sub(sums.sum(0).square().div(samples)).div(classes - 1);
  const within = squares.sub(explained).div(samples.sub(classes));
  return between.div(within);
}

interface Sums {
  /** [classes, edges]. */
  sums: tf.Tensor;
  /** [edges]. */
  squares: tf.Tensor;
}

function naiveSums(weights: tf.Tensor2D, a: tf.Tensor2D, members: tf.Tensor2D): Sums {
  const features: tf.Tensor2D = a.expandDims(2).mul(weights.expandDims(0)).reshape([a.shape[0], -1]);
  return { sums: tf.matMul(members, features, true), squares: features.square().sum(0) };
}

function paperSums(weights: tf.Tensor2D, a: tf.Tensor2D, members: tf.Tensor2D): Sums {
  const classSums = tf.matMul(members, a, true);
  return {
    sums: classSums.expandDims(2).mul(weights.expandDims(0)).reshape([members.shape[1], -1]),
    squares: weights.square().mul(a.square().sum(0).expandDims(1)).reshape([-1]),
  };
}
