/**
 * The reference for what a graph computes: naive loops in float64, a sample at a time, in inference mode. Independent of the kernels and of
 * the code under test but for the declarations.
 */
import type { BatchNormNode, ConvNode, DenseNode, Graph, Node } from '../../../src/engine/nn/graph';
import { sources } from '../../../src/engine/nn/graph';
import type { LayerValues, NetworkValues } from '../../../src/engine/nn/values';
import type { Rng } from '../../../src/engine/random';

/** [height, width, channels] or [numbers], row-major. */
export interface Sample {
  shape: readonly number[];
  data: Float64Array;
}

/** What every node gives for one sample, by name. */
export function interpret(graph: Graph, values: NetworkValues, x: Sample): Map<string, Sample> {
  const given = new Map<string, Sample>();
  for (const node of graph.nodes) {
    const read = sources(node).map((name) => given.get(name)!);
    given.set(node.name, compute(node, values.get(node.name), read, x));
  }
  return given;
}

export function logits(graph: Graph, values: NetworkValues, x: Sample): Float64Array {
  return interpret(graph, values, x).get(graph.nodes.at(-1)!.name)!.data;
}

/** Normal numbers in the shape of the graph's input. */
export function randomSample(graph: Graph, rng: Rng): Sample {
  const input = graph.nodes[0]!;
  if (input.op !== 'input') throw new Error('the first node is the input');
  const shape = input.image && !input.flat ? input.image : [input.features];
  return { shape, data: Float64Array.from({ length: input.features }, () => rng.normal()) };
}

function compute(node: Node, values: LayerValues | undefined, read: readonly Sample[], x: Sample): Sample {
  const from = read[0]!;
  switch (node.op) {
    case 'input':
      return x;
    case 'dense':
      return dense(node, values!, from);
    case 'conv':
      return conv(node, values!, from);
    case 'batch-norm':
      return batchNorm(node, values!, from);
    case 'relu':
      return { shape: from.shape, data: from.data.map((v) => Math.max(v, 0)) };
    case 'select':
      return eachPosition(read, node.indices.length, ([v]) => node.indices.map((c) => v![c]!));
    case 'pad-channels':
      return eachPosition(read, node.before + channels(from) + node.after, ([v]) => [
        ...Array<number>(node.before).fill(0),
        ...v!,
        ...Array<number>(node.after).fill(0),
      ]);
    case 'add':
      return eachPosition(read, channels(from), (all) => Array.from(all[0]!, (_, c) => all.reduce((sum, v) => sum + v[c]!, 0)));
    case 'concat':
      return eachPosition(
        read,
        read.reduce((sum, r) => sum + channels(r), 0),
        (all) => all.flatMap((v) => [...v]),
      );
    case 'max-pool':
      return windows(from, node.size, node, channels(from), (cells, c) => Math.max(...cells.map(({ at }) => from.data[at + c]!)));
    case 'average-pool':
      return windows(from, node.size, node, channels(from), (cells, c) => mean(cells.map(({ at }) => from.data[at + c]!)));
    case 'global-average-pool': {
      const n = channels(from);
      return { shape: [n], data: Float64Array.from({ length: n }, (_, c) => mean([...from.data].filter((_v, e) => e % n === c))) };
    }
    case 'flatten':
      return { shape: [from.data.length], data: from.data };
  }
}

function dense({ inputs, outputs }: DenseNode, { weights, bias, mask, biasMask }: LayerValues, { data }: Sample): Sample {
  const z = Float64Array.from({ length: outputs }, (_, o) => (biasMask?.[o] === 0 ? 0 : (bias[o] ?? 0)));
  for (let i = 0; i < inputs; i++)
    for (let o = 0; o < outputs; o++) if (mask[i * outputs + o] === 1) z[o]! += data[i]! * weights[i * outputs + o]!;
  return { shape: [outputs], data: z };
}

function conv(node: ConvNode, { weights, bias, mask, biasMask }: LayerValues, from: Sample): Sample {
  const { inputs, outputs, kernel } = node;
  return windows(from, kernel, node, outputs, (cells, o) => {
    let z = biasMask?.[o] === 0 ? 0 : (bias[o] ?? 0);
    for (const { at, tap } of cells) {
      for (let i = 0; i < inputs; i++) {
        const e = (tap * inputs + i) * outputs + o;
        if (mask[e] === 1) z += from.data[at + i]! * weights[e]!;
      }
    }
    return z;
  });
}

function batchNorm({ channels: n, epsilon }: BatchNormNode, v: LayerValues, { shape, data }: Sample): Sample {
  const normalised = (x: number, c: number) => ((x - v.mean![c]!) / Math.sqrt(v.variance![c]! + epsilon)) * v.weights[c]! + v.bias[c]!;
  return { shape, data: data.map((x, e) => (v.mask[e % n] === 1 ? normalised(x, e % n) : 0)) };
}

const channels = ({ shape }: Sample) => shape.at(-1)!;
const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;

/** Applies `of` to the channels of each position (the samples have the same positions). */
function eachPosition(read: readonly Sample[], outputs: number, of: (all: Float64Array[]) => number[]): Sample {
  const positions = read[0]!.data.length / channels(read[0]!);
  const data: number[] = [];
  for (let p = 0; p < positions; p++) data.push(...of(read.map((r) => r.data.subarray(p * channels(r), (p + 1) * channels(r)))));
  return { shape: [...read[0]!.shape.slice(0, -1), outputs], data: Float64Array.from(data) };
}

/** A cell of a window that lies in the image: where its channels begin, and which of the window's cells it is. */
interface Cell {
  at: number;
  tap: number;
}

/** TensorFlow's windows: SAME has ceil(size / stride) of them, and the odd row of padding at the end. */
function windows(
  { shape }: Sample,
  size: readonly [number, number],
  { strides, padding }: { strides: readonly [number, number]; padding: 'same' | 'valid' },
  outputs: number,
  of: (cells: readonly Cell[], output: number) => number,
): Sample {
  const [height, width, n] = shape as [number, number, number];
  const axis = (length: number, k: number, stride: number) => {
    const count = padding === 'same' ? Math.ceil(length / stride) : Math.floor((length - k) / stride) + 1;
    const missing = padding === 'same' ? Math.max((count - 1) * stride + k - length, 0) : 0;
    return { count, before: Math.floor(missing / 2) };
  };
  const [rows, columns] = [axis(height, size[0], strides[0]), axis(width, size[1], strides[1])];
  const data = new Float64Array(rows.count * columns.count * outputs);
  let to = 0;
  for (let r = 0; r < rows.count; r++) {
    for (let c = 0; c < columns.count; c++) {
      const cells: Cell[] = [];
      for (let tap = 0; tap < size[0] * size[1]; tap++) {
        const y = r * strides[0] - rows.before + Math.floor(tap / size[1]);
        const x = c * strides[1] - columns.before + (tap % size[1]);
        if (y >= 0 && y < height && x >= 0 && x < width) cells.push({ at: (y * width + x) * n, tap });
      }
      for (let o = 0; o < outputs; o++) data[to++] = of(cells, o);
    }
  }
  return { shape: [rows.count, columns.count, outputs], data };
}
