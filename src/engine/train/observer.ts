import type * as tf from '@tensorflow/tfjs';

/** Numbers of a batch, worked out with its forward pass: in training before the step changes the weights. */
export interface Measurement {
  /** Says what `of` computes: the same key, the same numbers of the same network and batch. */
  key: string;
  /** Nodes whose outputs `of` is given. */
  outputs: readonly string[];
  /**
   * Tensors of the current tidy scope. It is recorded where steps are compiled, so it calls native ops alone and looks at no numbers.
   *
   * @param labels [n] int32
   */
  of(outputs: ReadonlyMap<string, tf.Tensor>, labels: tf.Tensor): tf.Tensor[];
}

/** Looks at batches of an epoch, each by its 0-based index. */
export interface Observer {
  /** What it wants to know of a batch; null is nothing. */
  wants(batch: number): Measurement | null;
  /** @param measured what it wanted, and the batch's labels */
  observe(batch: number, measured: readonly tf.Tensor[], labels: Int32Array): void;
}
