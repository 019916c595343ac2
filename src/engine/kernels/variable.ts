import * as tf from '@tensorflow/tfjs';
import { bool, one, several, shape as shapeAttribute, text, type, type Attribute } from './call';
import * as plain from './plain';

interface Attributes {
  dtype: Attribute[];
  copy: Attribute[];
  momentum: Record<'plain' | 'nesterov', Attribute[]>;
  destroy: Attribute[];
}

let cache: Attributes | undefined;

function attributes(): Attributes {
  const momentum = (nesterov: boolean) => [type('T', 'float'), bool('use_locking', false), bool('use_nesterov', nesterov)];
  cache ??= {
    dtype: [type('dtype', 'float')],
    copy: [type('T', 'float')],
    momentum: { plain: momentum(false), nesterov: momentum(true) },
    destroy: [bool('ignore_lookup_error', true)],
  };
  return cache;
}

let variables = 0;
const variableOfHandle = new WeakMap<object, Variable>();

/** The variable whose handle this is; undefined for any other tensor. */
export const variableOf = ({ dataId }: tf.Tensor): Variable | undefined => variableOfHandle.get(dataId);

/**
 * A float32 tensor that native ops update in place. TensorFlow.js has no API for resource variables; the addon runs their ops all the
 * same. Release what `read()` returned before the next update, or the update has to copy.
 */
export class Variable {
  /** Its own in this process. */
  readonly name = `prune-lab-${process.pid}-${variables++}`;
  private readonly handle: tf.Tensor;

  constructor(
    readonly shape: number[],
    values: Float32Array,
  ) {
    const attrs = [...attributes().dtype, shapeAttribute('shape', shape), text('shared_name', this.name), text('container', '')];
    this.handle = tf.keep(one('VarHandleOp', attrs, []));
    variableOfHandle.set(this.handle.dataId, this);
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
    // The addon wraps the array it is given: in-place updates would write into the caller's memory, and a graph's thread that releases the
    // variable would release a JavaScript object. Hence the copy into native memory.
    const tensor = tf.tensor(values, this.shape, 'float32');
    this.take(one('DeepCopy', attributes().copy, [tensor]));
    tensor.dispose();
  }

  /** Becomes what an op gave, and releases the tensor. */
  take(tensor: tf.Tensor): void {
    several('AssignVariableOp', attributes().dtype, [this.handle, tensor], 0);
    tensor.dispose();
  }

  /** v = momentum·v + g, then w -= rate·(g + momentum·v) with Nesterov's, else w -= rate·v: PyTorch's SGD without dampening. */
  applyMomentum(velocity: Variable, rate: tf.Scalar, gradient: tf.Tensor, momentum: tf.Scalar, nesterov: boolean): void {
    if (plain.PLAIN) {
      const [value, before] = [this.read(), velocity.read()];
      const next = plain.momentumStep(value, before, rate, gradient, momentum, nesterov);
      tf.dispose([value, before]);
      velocity.take(next.velocity);
      this.take(next.value);
      return;
    }
    const attrs = attributes().momentum[nesterov ? 'nesterov' : 'plain'];
    several('ResourceApplyMomentum', attrs, [this.handle, velocity.handle, rate, gradient, momentum], 0);
  }

  dispose(): void {
    several('DestroyResourceOp', attributes().destroy, [this.handle], 0);
    this.handle.dispose();
  }
}
