import type { Graph, Node, Padding } from './graph';
import { sources } from './graph';

/** [height, width, channels] of an image, [numbers] of a row. */
export type Shape = readonly number[];

/**
 * The shape of one sample at every node's output, by name.
 *
 * @throws Error naming the node, where the graph does not fit together: this is a fault of who made the graph, not of a person's input
 */
export function shapes(graph: Graph): Map<string, Shape> {
  const found = new Map<string, Shape>();
  for (const node of graph.nodes) {
    if (found.has(node.name)) throw new Error(`${node.name}: two nodes have this name`);
    const inputs = sources(node).map((from) => {
      const shape = found.get(from);
      if (!shape) throw new Error(`${node.name}: reads ${from}, which does not come before it`);
      return shape;
    });
    found.set(node.name, nodeShape(node, inputs));
  }
  return found;
}

/** The shape of one sample at a node's output, from the shapes that it reads. @throws Error naming the node, where they do not fit */
export function nodeShape(node: Node, inputs: readonly Shape[]): Shape {
  const fail = (what: string): never => {
    throw new Error(`${node.name} (${node.op}): ${what}`);
  };
  const image = (shape: Shape): readonly [number, number, number] =>
    shape.length === 3 ? [shape[0]!, shape[1]!, shape[2]!] : fail(`reads ${text(shape)}, which is no image`);
  const window = (shape: Shape, size: readonly [number, number], strides: readonly [number, number], padding: Padding) => {
    const [height, width] = image(shape);
    const rows = windowsAlong(height, size[0], strides[0], padding).count;
    const columns = windowsAlong(width, size[1], strides[1], padding).count;
    return rows > 0 && columns > 0 ? [rows, columns] : fail(`a window of ${size.join('×')} does not fit into ${text(shape)}`);
  };
  const [first] = inputs;
  if (node.op === 'input') {
    const { features, image: layout, flat } = node;
    if (layout && volume(layout) !== features) fail(`has ${features} features, but images of ${text(layout)}`);
    if (!flat && layout?.length !== 3) fail('gives images, but has no [height, width, channels]');
    return layout && !flat ? layout : [features];
  }
  if (!first) return fail('reads nothing');
  const channels = first.at(-1)!;

  switch (node.op) {
    case 'dense':
      if (first.length !== 1) fail(`reads ${text(first)}, which is no row`);
      if (channels !== node.inputs) fail(`has weights for ${node.inputs} inputs, but reads ${channels}`);
      return [node.outputs];
    case 'conv':
      if (image(first)[2] !== node.inputs) fail(`has weights for ${node.inputs} channels, but reads ${channels}`);
      return [...window(first, node.kernel, node.strides, node.padding), node.outputs];
    case 'batch-norm':
      if (channels !== node.channels) fail(`has ${node.channels} channels, but reads ${channels}`);
      return first;
    case 'relu':
      return first;
    case 'select':
      for (const index of node.indices) {
        if (!Number.isInteger(index) || index < 0 || index >= channels) fail(`selects channel ${index} of ${channels}`);
      }
      return [...first.slice(0, -1), node.indices.length];
    case 'pad-channels':
      if (node.before < 0 || node.after < 0) fail(`adds ${node.before} and ${node.after} channels`);
      return [...first.slice(0, -1), node.before + channels + node.after];
    case 'add':
      for (const other of inputs) if (text(other) !== text(first)) fail(`adds ${text(first)} and ${text(other)}`);
      return first;
    case 'concat':
      for (const other of inputs)
        if (text(other.slice(0, -1)) !== text(first.slice(0, -1))) fail(`joins ${text(first)} and ${text(other)}`);
      return [...first.slice(0, -1), inputs.reduce((total, shape) => total + shape.at(-1)!, 0)];
    case 'max-pool':
    case 'average-pool':
      return [...window(first, node.size, node.strides, node.padding), channels];
    case 'global-average-pool':
      return [image(first)[2]];
    case 'flatten':
      return [volume(first)];
  }
}

/** How many numbers something of this shape has. */
export const volume = (shape: Shape): number => shape.reduce((product, n) => product * n, 1);

/** Positions of a window along an axis, as TensorFlow pads (0 or less where it does not fit), and the zeros before the first number. */
export function windowsAlong(length: number, size: number, stride: number, padding: Padding): { count: number; before: number } {
  if (padding === 'valid') return { count: Math.ceil((length - size + 1) / stride), before: 0 };
  const count = Math.ceil(length / stride);
  return { count, before: Math.floor(Math.max((count - 1) * stride + size - length, 0) / 2) };
}

const text = (shape: Shape) => `[${shape.join(', ')}]`;
