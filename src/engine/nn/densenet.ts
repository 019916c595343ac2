import { GraphBuilder } from './builder';
import type { Graph } from './graph';

/**
 * DenseNet without bottleneck or compression (Huang et al. 2017, arXiv 1608.06993): depth 3n + 4, three blocks of n layers, each of which
 * reads all channels of its block before it and adds `growth`. 3k(n + 1)(2 + 1.5n) channels over 3n + 3 batch norms at growth k and 2k
 * channels to begin with.
 */
export function densenet(
  depth: number,
  { growth, init = 2 * growth }: { growth: number; init?: number | undefined },
  image: readonly number[],
  classes: number,
): Graph {
  const n = (depth - 4) / 3;
  const b = new GraphBuilder(image);
  const activated = (at: string, from: string) => b.relu(`${at}_relu`, b.batchNorm(`${at}_bn`, from));
  let x = b.conv('stem_conv', 'input', init, 3);
  for (let block = 1; block <= 3; block++) {
    for (let layer = 1; layer <= n; layer++) {
      const at = `block${block}_layer${layer}`;
      const added = b.conv(`${at}_conv`, activated(at, x), growth, 3);
      x = b.concat(`${at}_concat`, [x, added]);
    }
    if (block < 3) {
      const at = `transition${block}`;
      x = b.conv(`${at}_conv`, activated(at, x), b.channels(x), 1);
      x = b.pool('average-pool', `${at}_pool`, x);
    }
  }
  x = activated('final', x);
  x = b.globalAveragePool('pool', x);
  b.dense('fc', x, classes);
  return b.graph(`densenet-${depth}`, `DenseNet-${depth}: three blocks of ${n} layers, growth ${growth}, ${init} channels to begin with`);
}
