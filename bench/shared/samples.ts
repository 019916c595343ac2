/** Samples of random bytes in the size of a data set, and the networks that are measured on them. */
import { Model } from '../../src/config/schema';
import type { Split } from '../../src/engine/data/dataset';
import { architecture } from '../../src/engine/nn/architectures';
import type { Graph } from '../../src/engine/nn/graph';
import { stream } from '../../src/engine/random';
import { toSamples, type Samples } from '../../src/engine/train/samples';

export const CLASSES = 10;

/** lenet-300-100, or one of the CIFAR networks: densenet-40, resnet-164, vgg-16, preresnet-N. */
export function graphOf(name: string): Graph {
  const depth = /^preresnet-(\d+)$/.exec(name);
  const model = Model.parse(depth ? { name: 'preresnet', depth: Number(depth[1]) } : { name });
  return architecture(model, imageOf(name), CLASSES);
}

type Image = [height: number, width: number, channels: number];

const imageOf = (name: string): Image => (name === 'lenet-300-100' ? [28, 28, 1] : [32, 32, 3]);

export interface Bytes extends Split {
  pixels: Uint8Array;
  labels: Uint8Array;
}

export function randomBytes(count: number, features: number): Bytes {
  const rng = stream(0, 'bench');
  return {
    count,
    pixels: Uint8Array.from({ length: count * features }, () => rng.next() >>> 24),
    labels: Uint8Array.from({ length: count }, () => rng.int(CLASSES)),
  };
}

export function samplesFor(name: string, graph: Graph, count: number): Samples {
  const image = imageOf(name);
  const bytes = randomBytes(
    count,
    image.reduce((a, b) => a * b),
  );
  return samplesOf(bytes, image, graph);
}

/** The bytes as what the graph reads. */
export function samplesOf(bytes: Bytes, image: Image, graph: Graph): Samples {
  const [input] = graph.nodes;
  if (input?.op !== 'input') throw new Error('a graph begins with its input');
  return toSamples(bytes, { image, normalise: { mean: 0.5, std: 0.3 }, augment: 'none' }, input);
}
