import * as tf from '@tensorflow/tfjs';
import type { ConvNode } from '../nn/graph';

/**
 * The feature of a convolution's weights (pruning by screening): what a weight reads, averaged over the positions of the output.
 *
 * @param x [n, height, width, inputs]
 * @returns [n, kernel height × kernel width × inputs], in the order of the weight matrix's rows
 */
export function patchMeans(x: tf.Tensor, { kernel, strides, padding }: ConvNode): tf.Tensor {
  return tf.tidy(() => {
    const [h, w] = [axis(x.shape[1]!, kernel[0], strides[0], padding), axis(x.shape[2]!, kernel[1], strides[1], padding)];
    const padded = tf.pad(x as tf.Tensor4D, [[0, 0], h.pad, w.pad, [0, 0]]);
    const means: tf.Tensor[] = [];
    for (let u = 0; u < kernel[0]; u++) {
      for (let v = 0; v < kernel[1]; v++) {
        const end = [x.shape[0], u + (h.positions - 1) * strides[0] + 1, v + (w.positions - 1) * strides[1] + 1, x.shape[3]!];
        means.push(tf.mean(tf.stridedSlice(padded, [0, u, v, 0], end, [1, strides[0], strides[1], 1]), [1, 2]));
      }
    }
    return means.length === 1 ? means[0]! : tf.concat(means, 1);
  });
}

/** Output positions along an axis, and the zeros before and after it. */
function axis(size: number, kernel: number, stride: number, padding: 'same' | 'valid'): { positions: number; pad: [number, number] } {
  if (padding === 'valid') return { positions: Math.floor((size - kernel) / stride) + 1, pad: [0, 0] };
  const positions = Math.ceil(size / stride);
  const total = Math.max((positions - 1) * stride + kernel - size, 0);
  return { positions, pad: [Math.floor(total / 2), Math.ceil(total / 2)] };
}
