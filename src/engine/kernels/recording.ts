import type * as tf from '@tensorflow/tfjs';
import { NodeJSKernelBackend } from '@tensorflow/tfjs-node/dist/nodejs_kernel_backend';
import type { TFEOpAttr } from '@tensorflow/tfjs-node/dist/tfjs_binding';

/** Hears of each op with its inputs and outputs, in order. */
export type Listener = (op: string, attributes: readonly TFEOpAttr[], inputs: readonly tf.Tensor[], outputs: readonly tf.Tensor[]) => void;

/** tfjs-node's backend, which can tell what ops a function carries out. */
export class RecordingBackend extends NodeJSKernelBackend {
  private listener: Listener | null = null;

  /** Runs `work`, telling `listener` of its ops. Those without outputs, which change variables, are told and not carried out. */
  listening<T>(listener: Listener, work: () => T): T {
    if (this.listener) throw new Error('a recording within a recording');
    this.listener = listener;
    try {
      return work();
    } finally {
      this.listener = null;
    }
  }

  override executeSingleOutput(op: string, attributes: TFEOpAttr[], inputs: tf.Tensor[]): tf.Tensor {
    const output = super.executeSingleOutput(op, attributes, inputs);
    this.listener?.(op, attributes, inputs, [output]);
    return output;
  }

  override executeMultipleOutputs(op: string, attributes: TFEOpAttr[], inputs: tf.Tensor[], count: number): tf.Tensor[] {
    const outputs = count === 0 && this.listener ? [] : super.executeMultipleOutputs(op, attributes, inputs, count);
    this.listener?.(op, attributes, inputs, outputs);
    return outputs;
  }
}
