import { averagePool, maxPool, spatialMean, spatialMeanGradient } from '../../kernels/pool';
import type { Node } from '../../nn/graph';
import { REREADS, type Layer } from './layer';

type PoolNode = Extract<Node, { op: 'max-pool' | 'average-pool' }>;

export function pool(node: PoolNode): Layer {
  if (node.op === 'average-pool') {
    const op = averagePool(node.size, node.strides, node.padding);
    return {
      rereads: REREADS['average-pool'],
      state: null,
      forward: ([x]) => ({ output: op.forward(x!) }),
      backward: ({ dy, inputs: [x] }) => [op.gradient(x!.shape, dy)],
    };
  }
  const op = maxPool(node.size, node.strides, node.padding);
  return {
    rereads: REREADS['max-pool'],
    state: null,
    forward: ([x]) => ({ output: op.forward(x!) }),
    backward: ({ dy, inputs: [x], output }) => [op.gradient(x!, output, dy)],
  };
}

/** The mean over all positions of an image. */
export function globalPool(): Layer {
  return {
    rereads: REREADS['global-average-pool'],
    state: null,
    forward: ([x]) => ({ output: spatialMean(x!) }),
    backward: ({ dy, inputs: [x] }) => [spatialMeanGradient(x!.shape, dy)],
  };
}
