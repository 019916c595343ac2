import type * as tf from '@tensorflow/tfjs';
import type { Padding } from '../nn/graph';
import { bool, int, one, text, type, withInts, type Attribute } from './call';

export type Pair = readonly [number, number];

/** Attributes of an op that slides a window over [n, h, w, c]. */
export const sliding = (strides: Pair, padding: Padding): Attribute[] => [
  type('T', 'float'),
  int('strides', [1, ...strides, 1]),
  text('padding', padding.toUpperCase()),
  text('data_format', 'NHWC'),
];

export interface Convolution {
  /** x [n, h, w, inputs] with filter [kernel h, kernel w, inputs, outputs] gives [n, h', w', outputs]. */
  forward(x: tf.Tensor, filter: tf.Tensor): tf.Tensor;
  /** Gradient by x, of the shape that x had. */
  inputGradient(xShape: readonly number[], filter: tf.Tensor, dy: tf.Tensor): tf.Tensor;
  /** Gradient by the filter, of the filter's shape. */
  filterGradient(x: tf.Tensor, filterShape: readonly number[], dy: tf.Tensor): tf.Tensor;
}

/** A two-dimensional convolution (as in every deep learning library: a correlation). */
export function convolution(strides: Pair, padding: Padding): Convolution {
  const attributes = [...sliding(strides, padding), bool('use_cudnn_on_gpu', false), int('dilations', [1, 1, 1, 1])];
  return {
    forward: (x, filter) => one('Conv2D', attributes, [x, filter]),
    inputGradient: (xShape, filter, dy) => withInts(xShape, (sizes) => one('Conv2DBackpropInput', attributes, [sizes, filter, dy])),
    filterGradient: (x, filterShape, dy) => withInts(filterShape, (sizes) => one('Conv2DBackpropFilter', attributes, [x, sizes, dy])),
  };
}
