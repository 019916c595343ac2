import * as tf from '@tensorflow/tfjs';
import type { BatchMoments } from '../screening/moments';
import { matMul } from './ops';

/**
 * Class moments of a feature matrix x [n, p] for labels [n] int32: counts, class means and pooled within-class sum of squares. The
 * residuals are formed before squaring, so nothing cancels; sums are float32 over one chunk and float64 from there on.
 */
export function classMoments(x: tf.Tensor, labels: tf.Tensor, classes: number): BatchMoments {
  const n = new Float64Array(classes);
  for (const label of labels.dataSync<'int32'>()) n[label]!++;
  const [mean, within] = tf.tidy((): [tf.Tensor, tf.Tensor] => {
    const members = tf.oneHot(labels, classes, 1, 0, 'float32');
    const counts = tf.tensor(
      Float32Array.from(n, (c) => Math.max(c, 1)),
      [classes, 1],
    );
    const classMean = tf.div(matMul(members, x, 'tn'), counts);
    return [classMean, tf.sum(tf.squaredDifference(x, matMul(members, classMean)), 0)];
  });
  const moments = { n, mean: Float64Array.from(mean.dataSync<'float32'>()), within: Float64Array.from(within.dataSync<'float32'>()) };
  tf.dispose([mean, within]);
  return moments;
}
