/**
 * Channels as rows: x [n, h, w, c] as [c, n, h, w], where picking channels and putting them one after another copies long runs of memory.
 * Between the last axis and this one lies one transposition.
 */
import * as tf from '@tensorflow/tfjs';
import { selectionMatrix } from '../nn/selection';
import { one, type, withInts, type Attribute } from './call';
import { gatherRows, matMul } from './ops';
import { PLAIN } from './plain';

let transpose: Attribute[] | undefined;

/** [rows, columns] as [columns, rows]. */
function transposed(x: tf.Tensor): tf.Tensor {
  if (PLAIN) return tf.tidy(() => tf.transpose(x));
  transpose ??= [type('T', 'float'), type('Tperm', 'int')];
  return withInts([1, 0], (order) => one('Transpose', transpose!, [x, order]));
}

/** x [..., c] as [c, ...]. */
export const toRows = (x: tf.Tensor): tf.Tensor =>
  tf.tidy(() => tf.reshape(transposed(tf.reshape(x, [-1, x.shape.at(-1)!])), [x.shape.at(-1)!, ...x.shape.slice(0, -1)]));

/**
 * The inverse of `toRows`: x [c, ...] as [..., c]. `identity` [c, c]: the way by a product with it, which is faster for few channels (of
 * 65,536 positions: 38 channels in 1.6 ms and 2.5 ms without, 67 in 8.1 and 4.5).
 */
export function fromRows(x: tf.Tensor, identity: tf.Tensor | null): tf.Tensor {
  return tf.tidy(() => {
    const matrix = tf.reshape(x, [x.shape[0], -1]);
    const columns = identity ? matMul(matrix, identity, 'tn') : transposed(matrix);
    return tf.reshape(columns, [...x.shape.slice(1), x.shape[0]]);
  });
}

/** Up to so many channels the way by a product is the faster one. */
const FEW = 48;

export const identityFor = (channels: number): tf.Tensor | null => (channels <= FEW ? tf.keep(tf.eye(channels)) : null);

/** Picks the rows `indices` of x [count, ...]. */
export function rowPicker(indices: readonly number[], count: number) {
  const isWhole = indices.length === count && indices.every((index, at) => index === at);
  const picked = isWhole ? null : tf.keep(tf.tensor1d([...indices], 'int32'));
  return {
    forward: (x: tf.Tensor): tf.Tensor => (picked ? gatherRows(x, picked) : x.clone()),
    dispose: () => picked?.dispose(),
  };
}

/** Puts rows dy [k, ...] back where they came from: adds the i-th to channel `channels[i]` of [..., count]. */
export function rowReturner(channels: readonly number[], count: number) {
  /** [k, count], zeros and ones. */
  const matrix = tf.tidy(() => tf.keep(tf.transpose(tf.tensor2d(selectionMatrix(count, channels), [count, channels.length]))));
  return {
    forward: (dy: tf.Tensor): tf.Tensor =>
      tf.tidy(() => tf.reshape(matMul(tf.reshape(dy, [channels.length, -1]), matrix, 'tn'), [...dy.shape.slice(1), count])),
    dispose: () => matrix.dispose(),
  };
}
