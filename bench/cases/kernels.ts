/**
 * Single kernels against the machine's peak.
 *
 * matmul: 1024 × 1024 by 1024 × 1024.   conv: 3×3, 64 × 32 × 32 positions, 64 to 64 channels.   copy: 256 MB read, and written once more
 *
 * node kernels.js matmul|conv|copy THREADS
 */
import * as tf from '@tensorflow/tfjs';
import { convolution } from '../../src/engine/kernels/conv';
import { add, matMul } from '../../src/engine/kernels/ops';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { serve } from '../shared/serve';

async function main(): Promise<void> {
  const [mode = 'matmul', threads = '1'] = process.argv.slice(2);
  loadRuntime(Number(threads));
  const work: Record<string, () => () => tf.Tensor> = {
    matmul: () => {
      const [a, b] = [tf.randomNormal([1024, 1024]), tf.randomNormal([1024, 1024])];
      return () => matMul(a, b);
    },
    conv: () => {
      const [x, filter] = [tf.randomNormal([64, 32, 32, 64]), tf.randomNormal([3, 3, 64, 64])];
      const conv = convolution([1, 1], 'same');
      return () => conv.forward(x, filter);
    },
    copy: () => {
      const x = tf.zeros([64 * 1024 * 1024]);
      const nothing = tf.scalar(0);
      return () => add(x, nothing);
    },
  };
  const run = work[mode]!();
  await serve(() => run().dispose(), { warmUps: 3, times: 5 });
}

void main();
