import * as tf from '@tensorflow/tfjs';

/** Keeps a tensor beyond the tidy scope in which it was made, to the end of the work it was made for. Returns it. */
export type Hold = (tensor: tf.Tensor) => tf.Tensor;

/** Work that takes several turns, with the tensors that it holds: however it ends, they are released. */
export async function holding<T>(work: (hold: Hold) => Promise<T>): Promise<T> {
  const held: tf.Tensor[] = [];
  try {
    return await work((tensor) => {
      held.push(tf.keep(tensor));
      return tensor;
    });
  } finally {
    tf.dispose(held);
  }
}
