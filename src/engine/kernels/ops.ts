/**
 * Typed wrappers of the native ops that every network needs. Inputs stay the caller's; outputs belong to the current tidy scope. Shapes are
 * in each docstring; all floats are float32, row-major.
 */
import * as tf from '@tensorflow/tfjs';
import { axis, bool, int, one, several, type, type Attribute } from './call';
import * as plain from './plain';
import { PLAIN } from './plain';
import { loadRuntime } from './runtime';

interface Attributes {
  T: Attribute[];
  matMul: Record<'nn' | 'tn' | 'nt', Attribute[]>;
  gatherFloat: Attribute[];
  crossEntropy: Attribute[];
}

let cache: Attributes | undefined;

/** Attribute objects are made once: a training step uses dozens of them. */
function attributes(): Attributes {
  if (cache) return cache;
  const T = type('T', 'float');
  const matMulAttr = (ta: boolean, tb: boolean) => [bool('transpose_a', ta), bool('transpose_b', tb), T];
  cache = {
    T: [T],
    matMul: { nn: matMulAttr(false, false), tn: matMulAttr(true, false), nt: matMulAttr(false, true) },
    gatherFloat: [type('Tparams', 'float'), type('Tindices', 'int'), type('Taxis', 'int'), int('batch_dims', 0)],
    crossEntropy: [T, type('Tlabels', 'int')],
  };
  return cache;
}

/** a·b, aᵀ·b (`tn`) or a·bᵀ (`nt`) of two matrices. */
export const matMul = (a: tf.Tensor, b: tf.Tensor, form: 'nn' | 'tn' | 'nt' = 'nn') =>
  PLAIN ? plain.matMul(a, b, form) : one('MatMul', attributes().matMul[form], [a, b]);
/** x [..., c] + bias [c]. */
export const biasAdd = (x: tf.Tensor, bias: tf.Tensor) => (PLAIN ? tf.add(x, bias) : one('BiasAdd', attributes().T, [x, bias]));
/** Sums of dy [..., c] over all but the last axis: the gradient of a bias. */
export const biasAddGrad = (dy: tf.Tensor) => (PLAIN ? plain.biasAddGrad(dy) : one('BiasAddGrad', attributes().T, [dy]));
export const relu = (x: tf.Tensor) => (PLAIN ? tf.relu(x) : one('Relu', attributes().T, [x]));
/** dy where the ReLU's output y was positive, else 0. */
export const reluGrad = (dy: tf.Tensor, y: tf.Tensor) => (PLAIN ? plain.reluGrad(dy, y) : one('ReluGrad', attributes().T, [dy, y]));
/** Elementwise product with broadcasting. */
export const mul = (a: tf.Tensor, b: tf.Tensor) => (PLAIN ? tf.mul(a, b) : one('Mul', attributes().T, [a, b]));
export const add = (a: tf.Tensor, b: tf.Tensor) => (PLAIN ? tf.add(a, b) : one('AddV2', attributes().T, [a, b]));
/** -1, 0 or 1, elementwise. */
export const sign = (x: tf.Tensor) => (PLAIN ? tf.sign(x) : one('Sign', attributes().T, [x]));

/** Rows of `params` [n, ...] (float32) at `indices` [m] (int32). */
export const gatherRows = (params: tf.Tensor, indices: tf.Tensor) =>
  PLAIN ? tf.gather(params, indices) : one('GatherV2', attributes().gatherFloat, [params, indices, axis().first]);

/** Cross entropy of logits [n, classes] against labels [n]: the loss of each sample [n] and its gradient by the logits [n, classes]. */
export function softmaxCrossEntropy(logits: tf.Tensor, labels: tf.Tensor): { loss: tf.Tensor; gradient: tf.Tensor } {
  // The native op adds up in any order on a graphics card, and refuses to where that has to be the same each time.
  if (PLAIN || loadRuntime().device === 'gpu') return plain.softmaxCrossEntropy(logits, labels);
  const [loss, gradient] = several('SparseSoftmaxCrossEntropyWithLogits', attributes().crossEntropy, [logits, labels], 2);
  return { loss: loss!, gradient: gradient! };
}
