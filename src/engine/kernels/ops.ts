/**
 * Typed wrappers of the native ops that training needs, each one call into the addon (about 28 µs of fixed cost). Inputs stay the
 * caller's; outputs belong to the current tidy scope. Shapes are in each docstring; all floats are float32, row-major.
 */
import * as tf from '@tensorflow/tfjs';
import { loadRuntime } from './runtime';

type Attr = { name: string; type: number; value: boolean | number | string | number[] };

interface Attributes {
  T: Attr[];
  dtype: Attr[];
  matMul: Record<'nn' | 'tn' | 'nt', Attr[]>;
  gatherFloat: Attr[];
  gatherInt: Attr[];
  crossEntropy: Attr[];
  momentum: Record<'plain' | 'nesterov', Attr[]>;
  axis0: tf.Scalar;
}

let cache: Attributes | undefined;

/** Attribute objects are made once: a training step uses dozens of them. */
function attributes(): Attributes {
  if (cache) return cache;
  const { binding: b } = loadRuntime();
  const type = (name: string, value: number): Attr => ({ name, type: b.TF_ATTR_TYPE, value });
  const bool = (name: string, value: boolean): Attr => ({ name, type: b.TF_ATTR_BOOL, value });
  const int = (name: string, value: number): Attr => ({ name, type: b.TF_ATTR_INT, value });
  const T = type('T', b.TF_FLOAT);
  const matMulAttr = (ta: boolean, tb: boolean) => [bool('transpose_a', ta), bool('transpose_b', tb), T];
  const gather = (dtype: number) => [type('Tparams', dtype), type('Tindices', b.TF_INT32), type('Taxis', b.TF_INT32), int('batch_dims', 0)];
  cache = {
    T: [T],
    dtype: [type('dtype', b.TF_FLOAT)],
    matMul: { nn: matMulAttr(false, false), tn: matMulAttr(true, false), nt: matMulAttr(false, true) },
    gatherFloat: gather(b.TF_FLOAT),
    gatherInt: gather(b.TF_INT32),
    crossEntropy: [T, type('Tlabels', b.TF_INT32)],
    momentum: {
      plain: [T, bool('use_locking', false), bool('use_nesterov', false)],
      nesterov: [T, bool('use_locking', false), bool('use_nesterov', true)],
    },
    axis0: tf.keep(tf.scalar(0, 'int32')),
  };
  return cache;
}

const one = (name: string, attrs: Attr[], inputs: tf.Tensor[]) => loadRuntime().backend.executeSingleOutput(name, attrs, inputs);
const several = (name: string, attrs: Attr[], inputs: tf.Tensor[], outputs: number) =>
  loadRuntime().backend.executeMultipleOutputs(name, attrs, inputs, outputs);

/** a·b, aᵀ·b (`tn`) or a·bᵀ (`nt`) of two matrices. */
export const matMul = (a: tf.Tensor, b: tf.Tensor, form: 'nn' | 'tn' | 'nt' = 'nn') => one('MatMul', attributes().matMul[form], [a, b]);
/** x [n, c] + bias [c]. */
export const biasAdd = (x: tf.Tensor, bias: tf.Tensor) => one('BiasAdd', attributes().T, [x, bias]);
/** Column sums of dy [n, c]: the gradient of a bias. */
export const biasAddGrad = (dy: tf.Tensor) => one('BiasAddGrad', attributes().T, [dy]);
export const relu = (x: tf.Tensor) => one('Relu', attributes().T, [x]);
/** dy where the ReLU's output y was positive, else 0. */
export const reluGrad = (dy: tf.Tensor, y: tf.Tensor) => one('ReluGrad', attributes().T, [dy, y]);
/** Elementwise product with broadcasting. */
export const mul = (a: tf.Tensor, b: tf.Tensor) => one('Mul', attributes().T, [a, b]);
export const add = (a: tf.Tensor, b: tf.Tensor) => one('AddV2', attributes().T, [a, b]);

/** Rows of `params` [n, c] (float32) at `indices` [m] (int32). */
export const gatherRows = (params: tf.Tensor, indices: tf.Tensor) =>
  one('GatherV2', attributes().gatherFloat, [params, indices, attributes().axis0]);
/** Entries of `params` [n] (int32) at `indices` [m] (int32). */
export const gatherLabels = (params: tf.Tensor, indices: tf.Tensor) =>
  one('GatherV2', attributes().gatherInt, [params, indices, attributes().axis0]);

/** Cross entropy of logits [n, classes] against labels [n]: the loss of each sample [n] and its gradient by the logits [n, classes]. */
export function softmaxCrossEntropy(logits: tf.Tensor, labels: tf.Tensor): { loss: tf.Tensor; gradient: tf.Tensor } {
  const [loss, gradient] = several('SparseSoftmaxCrossEntropyWithLogits', attributes().crossEntropy, [logits, labels], 2);
  return { loss: loss!, gradient: gradient! };
}

let variables = 0;

/**
 * A float32 tensor that native ops update in place. TensorFlow.js has no API for resource variables; the addon runs their ops all the
 * same. Release what `read()` returned before the next update, or the update has to copy.
 */
export class Variable {
  private readonly handle: tf.Tensor;

  constructor(
    readonly shape: number[],
    values: Float32Array,
  ) {
    const { binding: b } = loadRuntime();
    this.handle = tf.keep(
      one(
        'VarHandleOp',
        [
          ...attributes().dtype,
          { name: 'shape', type: b.TF_ATTR_SHAPE, value: shape },
          { name: 'shared_name', type: b.TF_ATTR_STRING, value: `prune-lab-${process.pid}-${variables++}` },
          { name: 'container', type: b.TF_ATTR_STRING, value: '' },
        ],
        [],
      ),
    );
    this.assign(values);
  }

  /** The value as a tensor, without copying. */
  read(): tf.Tensor {
    return one('ReadVariableOp', attributes().dtype, [this.handle]);
  }

  /** A copy of the value. */
  values(): Float32Array {
    const tensor = this.read();
    const values = tensor.dataSync<'float32'>().slice();
    tensor.dispose();
    return values;
  }

  assign(values: Float32Array): void {
    // The addon wraps the array it is given, and in-place updates would then write into the caller's memory: hence the copy.
    const tensor = tf.tensor(values.slice(), this.shape, 'float32');
    several('AssignVariableOp', attributes().dtype, [this.handle, tensor], 0);
    tensor.dispose();
  }

  /** v = momentum·v + g, then w -= rate·(g + momentum·v) with Nesterov's, else w -= rate·v: PyTorch's SGD without dampening. */
  applyMomentum(velocity: Variable, rate: tf.Scalar, gradient: tf.Tensor, momentum: tf.Scalar, nesterov: boolean): void {
    several(
      'ResourceApplyMomentum',
      attributes().momentum[nesterov ? 'nesterov' : 'plain'],
      [this.handle, velocity.handle, rate, gradient, momentum],
      0,
    );
  }

  dispose(): void {
    several(
      'DestroyResourceOp',
      [{ name: 'ignore_lookup_error', type: loadRuntime().binding.TF_ATTR_BOOL, value: true }],
      [this.handle],
      0,
    );
    this.handle.dispose();
  }
}
