import { GraphBuilder } from './builder';
import type { Graph } from './graph';

/**
 * The residual networks for small images of He et al. 2016 (arXiv 1512.03385, section 4.2): depth 6n + 2, three stages of n basic blocks
 * 16, 32 and 64 wide. Shortcuts have no parameters: where a stage begins, every second pixel, with zeros as the new channels.
 */
export function basicResnet(depth: number, image: readonly number[], classes: number): Graph {
  const n = (depth - 2) / 6;
  const b = new GraphBuilder(image);
  let x = normalised(b, 'stem_conv', 'input', 16, 3, 1);
  x = b.relu('stem_relu', x);
  for (const [stage, width] of [16, 32, 64].entries()) {
    for (let block = 1; block <= n; block++) {
      const at = (what: string) => `stage${stage + 1}_block${block}_${what}`;
      const starts = stage > 0 && block === 1;
      let shortcut = x;
      if (starts) {
        const missing = width - b.channels(x);
        shortcut = b.pool('max-pool', at('shortcut_pool'), x, 1);
        shortcut = b.padChannels(at('shortcut_pad'), shortcut, missing / 2, missing / 2);
      }
      x = basicBlock(b, at, x, shortcut, width, starts ? 2 : 1);
    }
  }
  x = b.globalAveragePool('pool', x);
  b.dense('fc', x, classes);
  return b.graph(`resnet-${depth}`, `ResNet-${depth}: three stages of ${n} basic blocks, 16, 32 and 64 wide`);
}

/** Up to this height and width the first convolution keeps the resolution; larger images are quartered, as ImageNet's are. */
const SMALL = 64;

/** ResNet-18 (arXiv 1512.03385, table 1): four stages of two basic blocks, 64 to 512 wide, with 1×1 projections where a stage begins. */
export function resnet18(image: readonly number[], classes: number): Graph {
  const b = new GraphBuilder(image);
  const small = Math.max(image[0]!, image[1]!) <= SMALL;
  let x = normalised(b, 'stem_conv', 'input', 64, small ? 3 : 7, small ? 1 : 2);
  x = b.relu('stem_relu', x);
  if (!small) x = b.pool('max-pool', 'stem_pool', x, 3, 2, 'same');
  for (const [stage, width] of [64, 128, 256, 512].entries()) {
    for (let block = 1; block <= 2; block++) {
      const at = (what: string) => `stage${stage + 1}_block${block}_${what}`;
      const stride = stage > 0 && block === 1 ? 2 : 1;
      const shortcut = stride === 2 ? normalised(b, at('shortcut_conv'), x, width, 1, stride) : x;
      x = basicBlock(b, at, x, shortcut, width, stride);
    }
  }
  x = b.globalAveragePool('pool', x);
  b.dense('fc', x, classes);
  return b.graph('resnet-18', 'ResNet-18: four stages of two basic blocks, 64 to 512 wide');
}

/** Two convolutions 3×3, the shortcut added before the last ReLU. */
function basicBlock(b: GraphBuilder, at: (what: string) => string, from: string, shortcut: string, width: number, stride: number): string {
  let x = normalised(b, at('conv1'), from, width, 3, stride);
  x = b.relu(at('relu1'), x);
  x = normalised(b, at('conv2'), x, width, 3, 1);
  x = b.add(at('add'), [x, shortcut]);
  return b.relu(at('relu2'), x);
}

/** A convolution and its batch norm: `..._conv1` and `..._bn1`. */
function normalised(b: GraphBuilder, name: string, from: string, outputs: number, kernel: number, stride: number): string {
  const x = b.conv(name, from, outputs, kernel, { stride });
  return b.batchNorm(name.replace(/conv(\d*)$/, 'bn$1'), x);
}
