import type * as tf from '@tensorflow/tfjs';
import type { Node } from '../../nn/graph';
import type { Measurement } from '../observer';
import type { LayerState } from './state';

export interface StepOptions {
  rate: tf.Scalar;
  momentum: tf.Scalar;
  decay: tf.Scalar | null;
  nesterov: boolean;
  /** Network slimming (Liu et al. 2017): an L1 penalty on the scales of batch norms, as a subgradient. 0 where there is none. */
  gammaPenalty: number;
  /** What is wanted to be known of the batch. */
  measurement?: Measurement | null | undefined;
}

/** What a layer computed from a batch. */
export interface Forward {
  output: tf.Tensor;
  /** What its backward pass needs beside inputs and output. */
  saved?: readonly tf.Tensor[];
}

export interface Backward {
  /** Gradient of the mean loss by the layer's output. */
  dy: tf.Tensor;
  /** As they went through forward(); only where the layer `rereads` them may anything but their shape be used. */
  inputs: readonly tf.Tensor[];
  output: tf.Tensor;
  saved: readonly tf.Tensor[];
  /** Is a gradient by the inputs wanted? Not where only the data lies behind them. */
  wanted: boolean;
  options: StepOptions;
}

export type Rereads = 'inputs' | 'output' | 'both' | 'nothing';

/** What the layer of each kind of node reads again: here and not in the layers alone, since memory is estimated before there are any. */
export const REREADS = {
  dense: 'inputs',
  conv: 'inputs',
  'batch-norm': 'inputs',
  relu: 'output',
  'max-pool': 'both',
  'average-pool': 'nothing',
  'global-average-pool': 'nothing',
  select: 'nothing',
  'pad-channels': 'nothing',
  add: 'nothing',
  concat: 'nothing',
  flatten: 'nothing',
} as const satisfies Record<Exclude<Node['op'], 'input'>, Rereads>;

/** Of which nodes one reads the outputs again. */
export function rereadOutputs(name: string, from: readonly string[], rereads: Rereads): string[] {
  return [...(rereads === 'inputs' || rereads === 'both' ? from : []), ...(rereads === 'output' || rereads === 'both' ? [name] : [])];
}

/**
 * A node at work. Tensors that a pass is given stay the caller's; those it returns are new ones, the caller's from then on (where nothing
 * changes, a clone: it shares the numbers).
 */
export interface Layer {
  /** What the backward pass reads again; the rest is released as soon as it has been used. */
  readonly rereads: Rereads;
  /** Its parameters, if it has any. */
  readonly state: LayerState | null;
  /** In `training` a batch norm takes the batch's statistics, and its running ones follow. */
  forward(inputs: readonly tf.Tensor[], training: boolean): Forward;
  /** Takes the optimiser's step on the layer's own parameters, and gives the gradients by its inputs (none if not `wanted`). */
  backward(pass: Backward): tf.Tensor[];
  dispose?(): void;
}
