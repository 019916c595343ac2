/** Calling a native op: its attributes, and one call into the addon (about 28 µs of fixed cost). */
import * as tf from '@tensorflow/tfjs';
import { loadRuntime } from './runtime';

export interface Attribute {
  name: string;
  type: number;
  value: boolean | number | string | number[];
}

export const type = (name: string, of: 'float' | 'int'): Attribute => {
  const { binding: b } = loadRuntime();
  return { name, type: b.TF_ATTR_TYPE, value: of === 'float' ? b.TF_FLOAT : b.TF_INT32 };
};
export const bool = (name: string, value: boolean): Attribute => ({ name, type: loadRuntime().binding.TF_ATTR_BOOL, value });
export const int = (name: string, value: number | number[]): Attribute => ({ name, type: loadRuntime().binding.TF_ATTR_INT, value });
export const float = (name: string, value: number): Attribute => ({ name, type: loadRuntime().binding.TF_ATTR_FLOAT, value });
export const text = (name: string, value: string): Attribute => ({ name, type: loadRuntime().binding.TF_ATTR_STRING, value });
export const shape = (name: string, value: number[]): Attribute => ({ name, type: loadRuntime().binding.TF_ATTR_SHAPE, value });

/** An op with one output. Inputs stay the caller's; the output belongs to the current tidy scope. */
export const one = (op: string, attributes: Attribute[], inputs: tf.Tensor[]): tf.Tensor =>
  loadRuntime().backend.executeSingleOutput(op, attributes, inputs);

/** An op with several outputs, or none. */
export const several = (op: string, attributes: Attribute[], inputs: tf.Tensor[], outputs: number): tf.Tensor[] =>
  loadRuntime().backend.executeMultipleOutputs(op, attributes, inputs, outputs);

/** Runs an op with small int32 inputs that are made for this call alone. */
export function withInts<T>(values: readonly number[], use: (tensor: tf.Tensor) => T): T {
  const tensor = tf.tensor1d([...values], 'int32');
  try {
    return use(tensor);
  } finally {
    tensor.dispose();
  }
}

let axes: { first: tf.Scalar; last: tf.Scalar; spatial: tf.Tensor1D } | undefined;

/** The axes that ops take as inputs: rows, channels, and height with width of [n, h, w, c]. Made once, kept for good. */
export function axis(): { first: tf.Scalar; last: tf.Scalar; spatial: tf.Tensor1D } {
  loadRuntime();
  axes ??= { first: tf.keep(tf.scalar(0, 'int32')), last: tf.keep(tf.scalar(-1, 'int32')), spatial: tf.keep(tf.tensor1d([1, 2], 'int32')) };
  return axes;
}
