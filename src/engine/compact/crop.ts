/**
 * Rows and columns at the sides of the image that no convolution reads, because the outer rows and columns of its kernel are zero: where the
 * arithmetic allows, the image loses them and the kernels their zeros, and everything behind stays as it was.
 */
import { plural } from '../../shared/text';
import { readersOf, weightShape, type ConvNode, type Graph, type InputNode, type Node, type Padding } from '../nn/graph';
import type { Crop } from '../nn/keptInputs';
import { shapes, volume } from '../nn/shapes';
import type { NetworkValues } from '../nn/values';
import { trimmed, unreadRows, type Axis } from './cropWindow';

export interface Cropped {
  graph: Graph;
  values: NetworkValues;
  /** What the image lost. */
  crop: Crop;
  /** Why rows or columns that kernels gave up stay, a sentence each. */
  limits: string[];
}

const NOTHING: Crop = { top: 0, bottom: 0, left: 0, right: 0 };

/** The network on a smaller image, where it reads images and there is anything to go; its logits are the same. */
export function cropImage(graph: Graph, values: NetworkValues): Cropped {
  const input = graph.nodes[0] as InputNode;
  const whole = { graph, values, crop: NOTHING, limits: [] };
  if (input.flat || !input.image) return whole;
  const { convolutions, others } = imageReaders(graph);
  const kernels = convolutions.map((node) => kernelOf(node, values, input.image!));
  const given = kernels.filter(({ rows, columns }) => zerosOf(rows) + zerosOf(columns) > 0);
  if (others.length > 0) {
    const why = `${list(others)} ${others.length > 1 ? 'read' : 'reads'} all of it`;
    return {
      ...whole,
      limits: given.map(({ node }) => `The kernel of ${node.name} gave up rows or columns, but the image can lose none: ${why}.`),
    };
  }
  const best = bestCrop(kernels);
  const limits = given.flatMap((kernel) => limitsOf(kernel, best?.crop ?? NOTHING));
  if (!best) return { ...whole, limits };
  return { ...cutOut(graph, values, best), crop: best.crop, limits };
}

/** Who reads the image, also through nodes that take each of its positions by itself: convolutions, and others, which read all of it. */
function imageReaders(graph: Graph): { convolutions: ConvNode[]; others: string[] } {
  const pointwise = new Set([graph.nodes[0]!.name]);
  const takesPositions = (node: Node) => {
    switch (node.op) {
      case 'relu':
      case 'select':
      case 'batch-norm':
      case 'pad-channels':
        return pointwise.has(node.from);
      case 'add':
      case 'concat':
        return node.from.every((name) => pointwise.has(name));
      default:
        return false;
    }
  };
  for (const node of graph.nodes) if (takesPositions(node)) pointwise.add(node.name);
  const readers = readersOf(graph);
  const outside = new Set([...pointwise].flatMap((name) => readers.get(name)!).filter(({ name }) => !pointwise.has(name)));
  return {
    convolutions: [...outside].filter((node) => node.op === 'conv'),
    others: [...outside].filter(({ op }) => op !== 'conv').map(({ name }) => name),
  };
}

interface Kernel {
  node: ConvNode;
  rows: Axis;
  columns: Axis;
}

const zerosOf = ({ zeros }: Axis) => zeros[0] + zeros[1];

function kernelOf(node: ConvNode, values: NetworkValues, image: readonly number[]): Kernel {
  const [height, width] = node.kernel;
  const { weights, mask } = values.get(node.name)!;
  const [rowsUsed, columnsUsed] = [new Uint8Array(height), new Uint8Array(width)];
  const perTap = node.inputs * node.outputs;
  for (let e = 0; e < weights.length; e++) {
    if (weights[e] === 0 || mask[e] === 0) continue;
    const tap = Math.floor(e / perTap);
    rowsUsed[Math.floor(tap / width)] = 1;
    columnsUsed[tap % width] = 1;
  }
  const axis = (n: 0 | 1, used: Uint8Array): Axis => ({
    length: image[n]!,
    kernel: node.kernel[n],
    stride: node.strides[n],
    padding: node.padding,
    zeros: used.includes(1) ? [used.indexOf(1), used.length - 1 - used.lastIndexOf(1)] : [used.length - 1, 0],
  });
  return { node, rows: axis(0, rowsUsed), columns: axis(1, columnsUsed) };
}

/** What each kernel loses, and how it then pads. */
type Trims = Map<string, { rows: readonly [number, number]; columns: readonly [number, number]; padding: Padding }>;

interface Choice {
  crop: Crop;
  trims: Trims;
}

/** The crop that leaves the fewest pixels; null where nothing can go. */
function bestCrop(kernels: readonly Kernel[]): Choice | null {
  if (kernels.length === 0) return null;
  const most = (of: 'rows' | 'columns') =>
    kernels
      .map((kernel) => unreadRows(kernel[of]))
      .reduce(([a, b], [c, d]): [number, number] => [Math.min(a, c), Math.min(b, d)], [Infinity, Infinity]);
  const { rows, columns } = kernels[0]!;
  const byPixels = pairs(most('rows'))
    .flatMap((down) => pairs(most('columns')).map((right) => ({ down, right })))
    .map((crop) => ({ ...crop, pixels: (rows.length - sum(crop.down)) * (columns.length - sum(crop.right)) }))
    .filter(({ pixels }) => pixels < rows.length * columns.length)
    .sort((a, b) => a.pixels - b.pixels);
  for (const { down, right } of byPixels) {
    const trims: Trims = new Map();
    for (const { node, rows, columns } of kernels) {
      const fit = PADDINGS.flatMap((padding) => {
        const [r, c] = [trimmed(rows, down, padding), trimmed(columns, right, padding)];
        return r && c ? [{ rows: r, columns: c, padding }] : [];
      });
      if (fit[0]) trims.set(node.name, fit[0]);
    }
    if (trims.size === kernels.length) return { crop: { top: down[0], bottom: down[1], left: right[0], right: right[1] }, trims };
  }
  return null;
}

const PADDINGS: readonly Padding[] = ['valid', 'same'];
const sum = ([a, b]: readonly [number, number]) => a + b;

function pairs([most, mostAfter]: readonly [number, number]): [number, number][] {
  return Array.from({ length: (most + 1) * (mostAfter + 1) }, (_, i) => [Math.floor(i / (mostAfter + 1)), i % (mostAfter + 1)]);
}

function cutOut(graph: Graph, values: NetworkValues, { crop, trims }: Choice): { graph: Graph; values: NetworkValues } {
  const smaller = new Map(values);
  const nodes = graph.nodes.map((node): Node => {
    if (node.op === 'input') {
      const [height, width, channels] = node.image as [number, number, number];
      const image = [height - crop.top - crop.bottom, width - crop.left - crop.right, channels];
      return { ...node, features: volume(image), image };
    }
    const trim = trims.get(node.name);
    if (node.op !== 'conv' || !trim) return node;
    const { weights, mask, ...rest } = values.get(node.name)!;
    smaller.set(node.name, { ...rest, weights: innerTaps(node, weights, trim), mask: innerTaps(node, mask, trim) });
    return { ...node, kernel: [node.kernel[0] - sum(trim.rows), node.kernel[1] - sum(trim.columns)], padding: trim.padding };
  });
  const cropped = { ...graph, nodes };
  shapes(cropped); // fails where what is behind would not fit any more
  return { graph: cropped, values: smaller };
}

function innerTaps<T extends Float32Array | Uint8Array>(
  node: ConvNode,
  numbers: T,
  { rows, columns }: { rows: readonly [number, number]; columns: readonly [number, number] },
): T {
  const [height, width] = weightShape(node) as [number, number];
  const perTap = node.inputs * node.outputs;
  const inner: number[] = [];
  for (let y = rows[0]; y < height - rows[1]; y++) {
    for (let x = columns[0]; x < width - columns[1]; x++) inner.push(y * width + x);
  }
  const kept = numbers.slice(0, inner.length * perTap) as T;
  inner.forEach((tap, at) => kept.set(numbers.subarray(tap * perTap, (tap + 1) * perTap), at * perTap));
  return kept;
}

/** Why the image loses fewer rows or columns than the kernel gave up; nothing where it loses as many. */
function limitsOf({ node, rows, columns }: Kernel, { top, bottom, left, right }: Crop): string[] {
  const [down, across] = [top + bottom, left + right];
  if (down >= zerosOf(rows) && across >= zerosOf(columns)) return [];
  const gone = down + across === 0 ? 'can lose none' : `loses only ${lines(down, across)}`;
  const unread = sum(unreadRows(rows)) + sum(unreadRows(columns)) - down - across;
  const same =
    unread > 0
      ? 'its "same" padding puts zeros beside the image, which for a smaller one would lie elsewhere'
      : 'with its "same" padding the rest of the kernel still reads all others';
  const why = node.padding === 'same' ? same : 'other layers read the others';
  return [`The kernel of ${node.name} gave up ${lines(zerosOf(rows), zerosOf(columns))}, but the image ${gone}: ${why}.`];
}

/** `1 row and 2 columns`. */
function lines(rows: number, columns: number): string {
  const some = (n: number, what: string) => (n === 0 ? [] : [plural(n, what)]);
  return [...some(rows, 'row'), ...some(columns, 'column')].join(' and ');
}

const list = (names: readonly string[]) => (names.length > 3 ? `${names.slice(0, 3).join(', ')} and others` : names.join(', '));
