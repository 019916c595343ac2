import * as tf from '@tensorflow/tfjs';
import type { Probe } from '../../shared/protocol';
import { matMul } from './ops';
import { loadRuntime, versions } from './runtime';

const TOLERANCE = 1e-5;

/** What `doctor` shows: versions, where the kernels came from, and two computations whose results were worked out by hand. */
export function probe(): Promise<Probe> {
  const start = performance.now();
  const { located } = loadRuntime();
  const checks = [
    // rows of the first by columns of the second: 1·5+2·7, 1·6+2·8, 3·5+4·7, 3·6+4·8
    check('matmul 2×2', [19, 22, 43, 50], () => matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2]))),
    // x = 1..9 as 3×3, 2×2 filter, no padding, gradient one everywhere: each filter entry sums the four x it met: 1+2+4+5, 2+3+5+6, ...
    check('gradient of a 2×2 convolution by its filter', [12, 16, 24, 28], () => {
      const x: tf.Tensor4D = tf.range(1, 10).reshape([1, 3, 3, 1]);
      return tf.grad((filter: tf.Tensor) => tf.conv2d(x, filter as tf.Tensor4D, 1, 'valid'))(tf.ones([2, 2, 1, 1]));
    }),
  ];
  return Promise.resolve({
    versions: versions(),
    kernels: { from: located.from, source: located.source, folder: located.folder },
    checks,
    startMs: performance.now() - start,
  });
}

function check(name: string, expected: number[], compute: () => tf.Tensor): Probe['checks'][number] {
  const tensor = tf.tidy(compute);
  const got = tensor.dataSync<'float32'>();
  tensor.dispose();
  const maxAbsDiff = Math.max(...expected.map((e, i) => Math.abs(e - (got[i] ?? NaN))));
  return { name, maxAbsDiff, ok: maxAbsDiff <= TOLERANCE };
}
