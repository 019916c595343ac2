/**
 * What the other files of this room do by chosen native ops, by TensorFlow.js's own functions alone: slower, and the same numbers but for
 * rounding. With PRUNE_LAB_OPS=plain it takes their place, and nothing is compiled: where a number is doubted, or a native op
 * misbehaves, the two can be compared.
 */
import * as tf from '@tensorflow/tfjs';
import type { Padding } from '../nn/graph';
import type { Convolution, Pair } from './conv';

export const PLAIN = process.env['PRUNE_LAB_OPS'] === 'plain';

export const matMul = (a: tf.Tensor, b: tf.Tensor, form: 'nn' | 'tn' | 'nt') => tf.matMul(a, b, form === 'tn', form === 'nt');

export const biasAddGrad = (dy: tf.Tensor) => tf.tidy(() => tf.sum(tf.reshape(dy, [-1, dy.shape.at(-1)!]), 0));

export const reluGrad = (dy: tf.Tensor, y: tf.Tensor) => tf.tidy(() => tf.mul(dy, tf.step(y)));

export function softmaxCrossEntropy(logits: tf.Tensor, labels: tf.Tensor): { loss: tf.Tensor; gradient: tf.Tensor } {
  const [loss, gradient] = tf.tidy((): [tf.Tensor, tf.Tensor] => {
    const members = tf.oneHot(labels, logits.shape[1]!, 1, 0, 'float32');
    return [tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), members), 1)), tf.sub(tf.softmax(logits), members)];
  });
  return { loss, gradient };
}

export function convolution(strides: Pair, padding: Padding): Convolution {
  const by = [...strides] as [number, number];
  const forward = (x: tf.Tensor, filter: tf.Tensor) => tf.tidy(() => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, by, padding));
  return {
    forward,
    inputGradient: (xShape, filter, dy) =>
      tf.tidy(() =>
        tf.conv2dTranspose(dy as tf.Tensor4D, filter as tf.Tensor4D, [...xShape] as [number, number, number, number], by, padding),
      ),
    filterGradient: (x, filterShape, dy) =>
      tf.tidy(() => tf.grad((filter: tf.Tensor) => forward(x, filter))(tf.zeros([...filterShape]), dy)),
  };
}

/** A pooling and its gradient by x, given the gradient by what it gave. */
export function pool(type: 'max' | 'avg', size: Pair, strides: Pair, padding: Padding) {
  const forward = (x: tf.Tensor) =>
    tf.tidy(() => tf.pool(x as tf.Tensor4D, [...size] as [number, number], type, padding, [1, 1], [...strides] as [number, number]));
  return {
    forward,
    gradient: (x: tf.Tensor, dy: tf.Tensor) => tf.tidy(() => tf.grad((at: tf.Tensor) => forward(at))(x, dy)),
  };
}

/** Of parts without numbers, TensorFlow.js would give one of the others itself. */
export function concat(parts: readonly tf.Tensor[], axis: number): tf.Tensor {
  const some = parts.filter(({ size }) => size > 0);
  return some.length > 1 ? tf.tidy(() => tf.concat(some, axis)) : (some[0] ?? parts[0]!).clone();
}

/** y of a batch norm of x [..., c], from statistics by channel [c]. */
export const normalised = (x: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor, epsilon: number) =>
  tf.tidy(() => tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon))), scale), shift));

/** Mean and biased variance of x [n, h, w, c] by channel [c]. */
export function moments(x: tf.Tensor): { mean: tf.Tensor; variance: tf.Tensor } {
  const [mean, variance] = tf.tidy((): [tf.Tensor, tf.Tensor] => {
    const all = tf.moments(x, [0, 1, 2]);
    return [all.mean, all.variance];
  });
  return { mean, variance };
}

/** Gradients of a batch norm by x, scale and shift, the batch's statistics depending on x (Ioffe and Szegedy 2015, section 3). */
export function normGradient(dy: tf.Tensor, x: tf.Tensor, scale: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor, epsilon: number) {
  const [dx, dScale, dShift] = tf.tidy((): [tf.Tensor, tf.Tensor, tf.Tensor] => {
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    const unit = tf.mul(tf.sub(x, mean), inverse);
    const [dScale, dShift] = [tf.sum(tf.mul(dy, unit), [0, 1, 2]), tf.sum(dy, [0, 1, 2])];
    const count = x.size / x.shape.at(-1)!;
    const centred = tf.sub(tf.sub(dy, tf.div(dShift, count)), tf.mul(unit, tf.div(dScale, count)));
    return [tf.mul(centred, tf.mul(scale, inverse)), dScale, dShift];
  });
  return { x: dx, scale: dScale, shift: dShift };
}

/** The next velocity and value of momentum SGD, as in `Variable.applyMomentum`. */
export function momentumStep(
  value: tf.Tensor,
  velocity: tf.Tensor,
  rate: tf.Scalar,
  gradient: tf.Tensor,
  momentum: tf.Scalar,
  nesterov: boolean,
) {
  const [nextVelocity, nextValue] = tf.tidy((): [tf.Tensor, tf.Tensor] => {
    const next = tf.add(tf.mul(velocity, momentum), gradient);
    const pull = nesterov ? tf.add(gradient, tf.mul(next, momentum)) : next;
    return [next, tf.sub(value, tf.mul(pull, rate))];
  });
  return { velocity: nextVelocity, value: nextValue };
}
