import { GraphBuilder } from './builder';
import type { Graph } from './graph';

/** LeNet-5 as Caffe's example and Han et al. 2015 have it: two convolutions 5×5 of 20 and 50 channels, dense layers of 500 and the classes. */
export function lenet5(image: readonly number[], classes: number): Graph {
  const b = new GraphBuilder(image);
  let x = 'input';
  for (const [i, outputs] of [20, 50].entries()) {
    x = b.conv(`conv${i + 1}`, x, outputs, 5, { padding: 'valid', bias: true });
    x = b.relu(`relu${i + 1}`, x);
    x = b.pool('max-pool', `pool${i + 1}`, x);
  }
  x = b.flatten('flatten', x);
  x = b.relu('relu3', b.dense('fc1', x, 500));
  b.dense('fc2', x, classes);
  return b.graph('lenet-5', 'LeNet-5: convolutions 5×5 of 20 and 50 channels, dense layers of 500 and the classes');
}
