/**
 * A network as declared data: nodes in topological order, each naming what it reads. Nothing here computes; train/ runs it with kernels/,
 * prune/ and compact/ read its couplings (add ties channels, concat offsets them), measure/ counts it. Pure: config/ and the editor use it.
 *
 * Images are [height, width, channels]; a channel is always the last axis. Weights of a dense layer are [inputs, outputs], of a
 * convolution [kernel height, kernel width, inputs, outputs], row-major, so both are a matrix with a column for each output.
 */
export type Node =
  | {
      op: 'input';
      name: string;
      /** Numbers of one sample: the product of `image` where there is one. */
      features: number;
      /** Image layout of the features, if they have one: [height, width, channels]. */
      image: readonly number[] | null;
      /** Is a sample given as a row of features? Else it is given as an image. */
      flat: boolean;
    }
  | { op: 'dense'; name: string; from: string; inputs: number; outputs: number; bias: boolean }
  | {
      op: 'conv';
      name: string;
      from: string;
      inputs: number;
      outputs: number;
      kernel: readonly [number, number];
      strides: readonly [number, number];
      padding: Padding;
      bias: boolean;
    }
  | {
      op: 'batch-norm';
      name: string;
      from: string;
      channels: number;
      epsilon: number;
      /** How fast the running statistics follow a batch's: running += momentum·(batch - running). */
      momentum: number;
    }
  | { op: 'relu'; name: string; from: string }
  /** The input's channels at `indices`, in that order. */
  | { op: 'select'; name: string; from: string; indices: readonly number[] }
  /** The input's channels followed by (or, `before`, after) channels of zeros: the parameter-free shortcut of basic residual networks. */
  | { op: 'pad-channels'; name: string; from: string; before: number; after: number }
  | { op: 'add'; name: string; from: readonly string[] }
  | { op: 'concat'; name: string; from: readonly string[] }
  | {
      op: 'max-pool' | 'average-pool';
      name: string;
      from: string;
      size: readonly [number, number];
      strides: readonly [number, number];
      padding: Padding;
    }
  | { op: 'global-average-pool'; name: string; from: string }
  /** [height, width, channels] as a row: position by position, the channels of one next to each other. */
  | { op: 'flatten'; name: string; from: string };

/** As TensorFlow pads: `same` gives ceil(size / stride) positions, with the odd row or column of zeros at the bottom or right. */
export type Padding = 'same' | 'valid';

export interface Graph {
  name: string;
  description: string;
  nodes: readonly Node[];
}

export type InputNode = Extract<Node, { op: 'input' }>;
export type DenseNode = Extract<Node, { op: 'dense' }>;
export type ConvNode = Extract<Node, { op: 'conv' }>;
export type BatchNormNode = Extract<Node, { op: 'batch-norm' }>;
/** A node with a weight matrix. */
export type WeightNode = DenseNode | ConvNode;

/** What a node reads, in order; nothing for the input. */
export function sources(node: Node): readonly string[] {
  if (node.op === 'input') return [];
  return typeof node.from === 'string' ? [node.from] : node.from;
}

/** The node, reading what `now` says in place of what it read. */
export function rewired<N extends Node>(node: N, now: (name: string) => string): N {
  if (node.op === 'input') return node;
  return typeof node.from === 'string' ? { ...node, from: now(node.from) } : { ...node, from: node.from.map(now) };
}

/** By node, who reads it, in order; a node that reads it twice stands there twice. */
export function readersOf(graph: Graph): Map<string, Node[]> {
  const readers = new Map<string, Node[]>(graph.nodes.map(({ name }) => [name, []]));
  for (const node of graph.nodes) for (const from of sources(node)) readers.get(from)!.push(node);
  return readers;
}

/** The layers that weight-level pruning may cut, in order. */
export function prunableLayers(graph: Graph): WeightNode[] {
  return graph.nodes.filter((n): n is WeightNode => n.op === 'dense' || n.op === 'conv');
}

/** The weight matrix of a layer: one row for each number that an output reads (kernel position × input channel), a column for each output. */
export function weightRows(node: WeightNode): number {
  return node.op === 'dense' ? node.inputs : node.kernel[0] * node.kernel[1] * node.inputs;
}

export const weightShape = (node: WeightNode): number[] => [...(node.op === 'conv' ? node.kernel : []), node.inputs, node.outputs];

export const weightCount = (node: WeightNode): number => weightRows(node) * node.outputs;

/**
 * Where channel-level pruning may cut: a layer whose channels can be switched off. A batch norm by its scale and shift, whoever feeds it
 * (one residual channel read by several batch norms is a channel of each); in a network without batch norms a convolution or hidden dense
 * layer by its filters and biases.
 */
export interface ChannelSite {
  name: string;
  op: 'batch-norm' | 'conv' | 'dense';
  channels: number;
}

/** The places of channel-level pruning, in order. */
export function channelSites(graph: Graph): ChannelSite[] {
  const norms = graph.nodes.filter((n): n is BatchNormNode => n.op === 'batch-norm');
  if (norms.length > 0) return norms.map(({ name, op, channels }) => ({ name, op, channels }));
  // The last layer gives the logits.
  return prunableLayers(graph)
    .slice(0, -1)
    .map(({ name, op, outputs }) => ({ name, op, channels: outputs }));
}

/** Does `name` match `pattern`, where `*` stands for any characters? */
export function matchesPattern(name: string, pattern: string): boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return name === pattern;
  const first = parts[0]!;
  const last = parts.at(-1)!;
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const at = name.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= name.length - last.length;
}
