import type { Node } from '../../nn/graph';
import type { LayerValues } from '../../nn/values';
import { relu } from './activation';
import { batchNorm } from './batchNorm';
import { conv } from './conv';
import { dense } from './dense';
import type { Layer } from './layer';
import { globalPool, pool } from './pool';
import { add, concat, flatten, pad, select } from './shape';

/** The layer that does a node's work; `values` for nodes with parameters. `normalised`: does a batch norm read what it gives? */
export function createLayer(node: Exclude<Node, { op: 'input' }>, values: LayerValues | undefined, normalised = false): Layer {
  switch (node.op) {
    case 'dense':
      return dense(node, values!);
    case 'conv':
      return conv(node, values!);
    case 'batch-norm':
      return batchNorm(node, values!);
    case 'relu':
      return relu();
    case 'select':
      return select(node);
    case 'pad-channels':
      return pad(node);
    case 'add':
      return add();
    case 'concat':
      return concat(normalised);
    case 'max-pool':
    case 'average-pool':
      return pool(node);
    case 'global-average-pool':
      return globalPool();
    case 'flatten':
      return flatten();
  }
}
