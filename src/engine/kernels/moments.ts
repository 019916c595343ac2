import * as tf from '@tensorflow/tfjs';
import type { BatchMoments } from '../screening/moments';
import { concat } from './channels';
import { biasAddGrad, matMul } from './ops';

/**
 * Class moments of a feature matrix x [n, p] for labels [n] int32: below the class means [classes, p] (0 where a class has no sample) the
 * pooled within-class sum of squares [1, p], in one tensor. The residuals are formed before squaring, so nothing cancels.
 */
export function classMoments(x: tf.Tensor, labels: tf.Tensor, classes: number): tf.Tensor {
  const members = tf.oneHot(labels, classes, 1, 0, 'float32');
  const shares = tf.div(members, tf.maximum(tf.sum(members, 0), 1));
  const means = matMul(shares, x, 'tn');
  const within = biasAddGrad(tf.squaredDifference(x, matMul(members, means)));
  return concat([means, tf.reshape(within, [1, -1])], 'rows');
}

/** What `classMoments` gave, as numbers: sums are float32 over one batch, and float64 from there on. */
export function readMoments(moments: tf.Tensor, labels: Int32Array): BatchMoments {
  const [rows, features] = moments.shape as [number, number];
  const n = new Float64Array(rows - 1);
  for (const label of labels) n[label]!++;
  const values = moments.dataSync<'float32'>();
  return { n, mean: values.subarray(0, n.length * features), within: values.subarray(n.length * features) };
}
