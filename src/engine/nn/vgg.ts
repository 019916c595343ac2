import { GraphBuilder } from './builder';
import type { Graph } from './graph';

/** Convolutions of each stage. */
const STAGES = { 16: [2, 2, 3, 3, 3], 19: [2, 2, 4, 4, 4] } as const;
const WIDTHS = [64, 128, 256, 512, 512] as const;

/**
 * VGG for small images (Simonyan and Zisserman 2015, as Liu et al. 2017 prune it): batch norm after each convolution, stages halved by
 * max-pooling, and one dense layer on the global average. A pool that an image is too small for is left out.
 */
export function vgg(depth: keyof typeof STAGES, image: readonly number[], classes: number): Graph {
  const b = new GraphBuilder(image);
  let x = 'input';
  STAGES[depth].forEach((convs, stage) => {
    const at = (what: string) => `stage${stage + 1}_${what}`;
    for (let i = 1; i <= convs; i++) {
      x = b.conv(at(`conv${i}`), x, WIDTHS[stage]!, 3);
      x = b.batchNorm(at(`bn${i}`), x);
      x = b.relu(at(`relu${i}`), x);
    }
    // The last halving is the global average.
    const [height, width] = b.shape(x);
    if (stage < WIDTHS.length - 1 && height! > 1 && width! > 1) x = b.pool('max-pool', at('pool'), x);
  });
  x = b.globalAveragePool('pool', x);
  b.dense('fc', x, classes);
  const convs = STAGES[depth].reduce((a, n) => a + n, 0);
  return b.graph(`vgg-${depth}`, `VGG-${depth}: ${convs} convolutions 3×3 with batch norm, 64 to 512 wide, one dense layer`);
}
