import * as tf from '@tensorflow/tfjs';
import type { Padding } from '../nn/graph';
import { bool, int, one, text, type, withInts, type Attribute } from './call';
import { matMul } from './ops';
import * as plain from './plain';

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
  if (plain.PLAIN) return plain.convolution(strides, padding);
  const windowed = slidingConvolution(strides, padding);
  const steps = strides[0] * strides[1];
  const of = (filterShape: readonly number[]) => (steps === 1 && filterShape[0] === 1 && filterShape[1] === 1 ? pointwise : windowed);
  return {
    forward: (x, filter) => of(filter.shape).forward(x, filter),
    inputGradient: (xShape, filter, dy) => of(filter.shape).inputGradient(xShape, filter, dy),
    filterGradient: (x, filterShape, dy) => of(filterShape).filterGradient(x, filterShape, dy),
  };
}

function slidingConvolution(strides: Pair, padding: Padding): Convolution {
  const attributes = [...sliding(strides, padding), bool('use_cudnn_on_gpu', false), int('dilations', [1, 1, 1, 1])];
  return {
    forward: (x, filter) => one('Conv2D', attributes, [x, filter]),
    inputGradient: (xShape, filter, dy) => withInts(xShape, (sizes) => one('Conv2DBackpropInput', attributes, [sizes, filter, dy])),
    filterGradient: (x, filterShape, dy) => withInts(filterShape, (sizes) => one('Conv2DBackpropFilter', attributes, [x, sizes, dy])),
  };
}

/** [..., c] as a matrix of c columns. */
const columns = (x: tf.Tensor) => tf.reshape(x, [-1, x.shape.at(-1)!]);

/**
 * A 1×1 convolution of every position is a product of matrices. The op for these takes as long or less: of 65,536 positions with 64
 * channels to 16 it needs 1.1 ms for 1.9, and for the filter's gradient 2.0 ms for 6.0.
 */
const pointwise: Convolution = {
  forward: (x, filter) => tf.tidy(() => tf.reshape(matMul(columns(x), columns(filter)), [...x.shape.slice(0, -1), filter.shape.at(-1)!])),
  inputGradient: (xShape, filter, dy) => tf.tidy(() => tf.reshape(matMul(columns(dy), columns(filter), 'nt'), [...xShape])),
  filterGradient: (x, filterShape, dy) => tf.tidy(() => tf.reshape(matMul(columns(x), columns(dy), 'tn'), [...filterShape])),
};
