/**
 * The form in which the engine itself runs a network for inference: batch norms folded, and selections of channels left out where reading
 * all channels, with zeros for the weights of those that were not selected, takes less time than selecting.
 */
import { readersOf, type ConvNode, type Graph, type Node } from '../nn/graph';
import { shapes, volume } from '../nn/shapes';
import type { LayerValues, NetworkValues } from '../nn/values';
import { foldBatchNorms } from './fold';
import { widenMatrix, widenVector } from './slices';
import { range } from './wiring';

/** The same function, up to rounding. */
export function inferenceForm(graph: Graph, values: NetworkValues): { graph: Graph; values: NetworkValues } {
  const plain = withoutCostlySelections(graph, values);
  // For selections from concatenations there is a faster way than a convolution: see train/plan.ts.
  return foldBatchNorms(plain.graph, plain.values, { concatenations: false });
}

/**
 * Time of work on each number, in multiply-accumulates of a product: a batch norm's and a ReLU's on what is not selected from, and a bias'
 * and a ReLU's on what is. A product made 33 of them in a nanosecond on the machine where these were measured, the others a number in 1 and
 * 0.75 ns.
 */
const WHOLE = 33;
const SELECTED = 24;

function withoutCostlySelections(graph: Graph, values: NetworkValues): { graph: Graph; values: NetworkValues } {
  const shapeOf = shapes(graph);
  const width = (name: string) => shapeOf.get(name)!.at(-1)!;
  const positions = (name: string) => volume(shapeOf.get(name)!.slice(0, -1));
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const readers = readersOf(graph);
  const onlyReader = (name: string) => (readers.get(name)!.length === 1 ? readers.get(name)![0]! : undefined);

  const changed = new Map<string, Node>();
  const left = new Set<string>();
  const wide = new Map(values);
  for (const select of graph.nodes) {
    if (select.op !== 'select' || byName.get(select.from)!.op === 'concat') continue;
    const norm = onlyReader(select.name);
    if (norm?.op !== 'batch-norm') continue;
    const next = onlyReader(norm.name);
    const conv = next?.op === 'relu' ? onlyReader(next.name) : next;
    if (conv?.op !== 'conv') continue;
    const channels = width(select.from);
    const filters = conv.outputs * conv.kernel[0] * conv.kernel[1] * positions(conv.name);
    const selected = (channels + SELECTED) * select.indices.length * positions(select.name);
    if ((channels - select.indices.length) * filters + WHOLE * channels * positions(select.name) >= selected) continue;
    left.add(select.name);
    changed.set(norm.name, { ...norm, from: select.from, channels });
    changed.set(conv.name, { ...conv, inputs: channels });
    const indices = Int32Array.from(select.indices);
    wide.set(norm.name, wideNorm(values.get(norm.name)!, indices, channels));
    wide.set(conv.name, wideConv({ ...conv, inputs: channels }, values.get(conv.name)!, indices));
  }
  const nodes = graph.nodes.filter(({ name }) => !left.has(name)).map((node) => changed.get(node.name) ?? node);
  return { graph: { ...graph, nodes }, values: wide };
}

/** Channels that were not selected become 0. */
function wideNorm({ weights, bias, mask, mean, variance }: LayerValues, indices: Int32Array, channels: number): LayerValues {
  return {
    weights: widenVector(weights, indices, channels),
    bias: widenVector(bias, indices, channels),
    mask: widenVector(mask, indices, channels),
    mean: widenVector(mean!, indices, channels),
    variance: widenVector(variance!, indices, channels, 1),
  };
}

function wideConv(wide: ConvNode, values: LayerValues, indices: Int32Array): LayerValues {
  const widened = <T extends Float32Array | Uint8Array>(numbers: T) => widenMatrix(wide, numbers, indices, range(wide.outputs));
  return { ...values, weights: widened(values.weights), mask: widened(values.mask) };
}
