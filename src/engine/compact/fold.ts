/**
 * The form of a network for inference: a batch norm is a scale and a shift of each channel once its statistics are fixed, so it goes into the
 * weights and bias of the convolution (or dense layer, or selection of channels) that feeds it and nothing else.
 */
import { readersOf, rewired, type BatchNormNode, type Graph, type Node, type WeightNode } from '../nn/graph';
import { selectionMatrix } from '../nn/selection';
import { shapes, type Shape } from '../nn/shapes';
import type { LayerValues, NetworkValues } from '../nn/values';

export interface FoldOptions {
  /** May selections from concatenations become weights too? The engine itself has a faster way for these. */
  concatenations?: boolean;
}

/** The same function with fewer nodes; a selection of channels that is folded becomes a 1×1 convolution (of rows: a dense layer). */
export function foldBatchNorms(
  graph: Graph,
  values: NetworkValues,
  { concatenations = true }: FoldOptions = {},
): { graph: Graph; values: NetworkValues } {
  const shapeOf = shapes(graph);
  const readers = readersOf(graph);
  const nodes: Node[] = [];
  const folded: NetworkValues = new Map(values);
  /** What a folded batch norm's readers read in its place. */
  const instead = new Map<string, string>();
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const takesScale = (source: Node): source is Linear =>
    source.op === 'select' ? concatenations || byName.get(source.from)!.op !== 'concat' : source.op === 'conv' || source.op === 'dense';
  for (const node of graph.nodes) {
    const source = node.op === 'batch-norm' && readers.get(node.from)!.length === 1 ? byName.get(node.from)! : null;
    if (node.op === 'batch-norm' && source && takesScale(source)) {
      const place = nodes.findIndex(({ name }) => name === source.name);
      const feeding = nodes[place] as Linear;
      const linear = feeding.op === 'select' ? selectionAsWeights(feeding, shapeOf.get(source.name)!, shapeOf.get(source.from)!) : feeding;
      nodes[place] = { ...linear, bias: true };
      const before = source.op === 'select' ? selecting(linear, source.indices) : folded.get(source.name)!;
      folded.set(source.name, scaled(before, linear.outputs, node, values.get(node.name)!));
      folded.delete(node.name);
      instead.set(node.name, source.name);
    } else nodes.push(rewired(node, (name) => instead.get(name) ?? name));
  }
  return { graph: { ...graph, nodes }, values: folded };
}

type Linear = WeightNode | Extract<Node, { op: 'select' }>;

function selectionAsWeights({ name, from, indices }: Extract<Node, { op: 'select' }>, shape: Shape, read: Shape): WeightNode {
  const common = { name, from, inputs: read.at(-1)!, outputs: indices.length, bias: true };
  return shape.length === 1 ? { op: 'dense', ...common } : { op: 'conv', ...common, kernel: [1, 1], strides: [1, 1], padding: 'valid' };
}

function selecting({ inputs, outputs }: WeightNode, indices: readonly number[]): LayerValues {
  const weights = selectionMatrix(inputs, indices);
  return { weights, bias: new Float32Array(outputs), mask: Uint8Array.from(weights) };
}

/** (xW + b - mean)·gamma/sqrt(variance + epsilon) + beta as one product and one bias. */
function scaled(before: LayerValues, outputs: number, { epsilon }: BatchNormNode, norm: LayerValues): LayerValues {
  const scale = Float64Array.from(norm.weights, (gamma, c) => (norm.mask[c]! * gamma) / Math.sqrt(norm.variance![c]! + epsilon));
  const bias = (c: number) => (before.biasMask?.[c] ?? 1) * (before.bias[c] ?? 0);
  const weights = new Float32Array(before.weights.length);
  for (let row = 0; row < weights.length; row += outputs) {
    for (let o = 0; o < outputs; o++) weights[row + o] = before.weights[row + o]! * scale[o]!;
  }
  return {
    weights,
    bias: Float32Array.from(scale, (s, c) => (bias(c) - norm.mean![c]!) * s + norm.mask[c]! * norm.bias[c]!),
    mask: before.mask,
  };
}
