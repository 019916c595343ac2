import * as tf from '@tensorflow/tfjs';
import type { Padding } from '../nn/graph';
import { axis, bool, int, one, type, withInts, type Attribute } from './call';
import { sliding, type Pair } from './conv';
import { mul } from './ops';
import * as plain from './plain';

/** The largest number in a window of x [n, h, w, c]; the gradient needs what was pooled and what it gave. */
export function maxPool(size: Pair, strides: Pair, padding: Padding) {
  if (plain.PLAIN) {
    const { forward, gradient } = plain.pool('max', size, strides, padding);
    return { forward, gradient: (x: tf.Tensor, _y: tf.Tensor, dy: tf.Tensor) => gradient(x, dy) };
  }
  const attributes = [...sliding(strides, padding), int('ksize', [1, ...size, 1])];
  return {
    forward: (x: tf.Tensor) => one('MaxPool', attributes, [x]),
    gradient: (x: tf.Tensor, y: tf.Tensor, dy: tf.Tensor) => one('MaxPoolGrad', attributes, [x, y, dy]),
  };
}

/** The mean over a window of x [n, h, w, c]; positions outside the image do not count. */
export function averagePool(size: Pair, strides: Pair, padding: Padding) {
  if (plain.PLAIN) {
    const { forward, gradient } = plain.pool('avg', size, strides, padding);
    // The gradient of a mean does not depend on the numbers.
    return { forward, gradient: (xShape: readonly number[], dy: tf.Tensor) => tf.tidy(() => gradient(tf.zeros([...xShape]), dy)) };
  }
  const attributes = [...sliding(strides, padding), int('ksize', [1, ...size, 1])];
  return {
    forward: (x: tf.Tensor) => one('AvgPool', attributes, [x]),
    gradient: (xShape: readonly number[], dy: tf.Tensor) => withInts(xShape, (sizes) => one('AvgPoolGrad', attributes, [sizes, dy])),
  };
}

let mean: Attribute[] | undefined;
let broadcast: Attribute[] | undefined;

/** Mean of x [n, h, w, c] over h and w: [n, c]. */
export function spatialMean(x: tf.Tensor): tf.Tensor {
  if (plain.PLAIN) return tf.tidy(() => tf.mean(x, [1, 2]));
  mean ??= [type('T', 'float'), type('Tidx', 'int'), bool('keep_dims', false)];
  return one('Mean', mean, [x, axis().spatial]);
}

/** Gradient of `spatialMean` by x [n, h, w, c], given dy [n, c]. */
export function spatialMeanGradient(xShape: readonly number[], dy: tf.Tensor): tf.Tensor {
  const [n, h, w, c] = xShape as [number, number, number, number];
  if (plain.PLAIN) return tf.tidy(() => tf.tile(tf.reshape(tf.div(dy, h * w), [n, 1, 1, c]), [1, h, w, 1]));
  broadcast ??= [type('T', 'float'), type('Tidx', 'int')];
  return tf.tidy(() => {
    const share = tf.reshape(mul(dy, tf.scalar(1 / (h * w))), [n, 1, 1, c]);
    return withInts(xShape, (sizes) => one('BroadcastTo', broadcast!, [share, sizes]));
  });
}
