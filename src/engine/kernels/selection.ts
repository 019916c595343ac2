import * as tf from '@tensorflow/tfjs';
import { selectionMatrix } from '../nn/selection';
import { matMul } from './ops';

/**
 * Picks the channels `indices` (distinct) of x [..., c], and puts their gradients back where they came from. A product with a matrix of
 * zeros and ones, which is exact, takes half to a sixth of the time of the gather op here: that one copies number by number.
 */
export function selection(indices: readonly number[]) {
  /** [c, indices]: made when c is first known. */
  let matrix: tf.Tensor | undefined;
  const overChannels = (x: tf.Tensor, form: 'nn' | 'nt', channels: number): tf.Tensor =>
    tf.tidy(() => tf.reshape(matMul(tf.reshape(x, [-1, x.shape.at(-1)!]), matrix!, form), [...x.shape.slice(0, -1), channels]));
  return {
    forward(x: tf.Tensor): tf.Tensor {
      const count = x.shape.at(-1)!;
      matrix ??= tf.keep(tf.tensor(selectionMatrix(count, indices), [count, indices.length]));
      return overChannels(x, 'nn', indices.length);
    },
    gradient: (channels: number, dy: tf.Tensor): tf.Tensor => overChannels(dy, 'nt', channels),
    dispose: () => matrix?.dispose(),
  };
}
