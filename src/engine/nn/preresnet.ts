import { GraphBuilder } from './builder';
import type { Graph } from './graph';

/** A bottleneck gives four times as many channels as it has inside. */
const EXPANSION = 4;

/**
 * The pre-activation bottleneck networks of He et al. 2016 (arXiv 1603.05027): depth 9n + 2, three stages of n blocks 16, 32 and 64 wide
 * inside. A block's batch norms come before its convolutions, so each reads the residual channels (or what the convolution before gave)
 * and can be cut without touching who made them. 672n + 16 channels over 9n + 1 batch norms.
 */
export function preResnet(depth: number, image: readonly number[], classes: number): Graph {
  const n = (depth - 2) / 9;
  const b = new GraphBuilder(image);
  let x = b.conv('stem_conv', 'input', 16, 3);
  for (const [stage, width] of [16, 32, 64].entries()) {
    for (let block = 1; block <= n; block++) {
      const at = (what: string) => `stage${stage + 1}_block${block}_${what}`;
      const stride = stage > 0 && block === 1 ? 2 : 1;
      const shortcut = block === 1 ? b.conv(at('shortcut_conv'), x, width * EXPANSION, 1, { stride }) : x;
      const activated = (i: number, from: string) => b.relu(at(`relu${i}`), b.batchNorm(at(`bn${i}`), from));
      const conv1 = b.conv(at('conv1'), activated(1, x), width, 1);
      const conv2 = b.conv(at('conv2'), activated(2, conv1), width, 3, { stride });
      const conv3 = b.conv(at('conv3'), activated(3, conv2), width * EXPANSION, 1);
      x = b.add(at('add'), [conv3, shortcut]);
    }
  }
  x = b.relu('final_relu', b.batchNorm('final_bn', x));
  x = b.globalAveragePool('pool', x);
  b.dense('fc', x, classes);
  return b.graph(`preresnet-${depth}`, `Pre-activation ResNet-${depth}: three stages of ${n} bottlenecks, 16, 32 and 64 wide inside`);
}
