/**
 * Kernels over pairs of samples, those of all channels of a layer at once and a tile of pairs at a time, and the products of them that
 * structured lasso needs. What all pairs of all channels would take (of 512 channels and 256 samples 134 MB, and 34 GB of 4,096 samples) is
 * never there: whoever cuts the samples into blocks says how large a tile is.
 */
import * as tf from '@tensorflow/tfjs';
import type { LassoProblem } from '../lasso/problem';
import type { Hold } from './holding';
import { matMul } from './ops';

/** Symmetric kernels over the samples of some blocks, in order. They live as long as the tensors that are held for them. */
export interface Kernels {
  count: number;
  /** Samples of each block. */
  blocks: readonly number[];
  /** For each pair of a sample of block i with one of block j: [count, blocks[i], blocks[j]], in the current tidy scope. */
  tile(i: number, j: number): tf.Tensor;
}

/** Lets others run between two tiles; throws to end the work. */
export type Pause = () => Promise<void>;

/** Tensors of a tile's size that are there at a time. */
const TILES = 5;

/** Samples of a block, at most, so that the tiles of `count` kernels fit into `bytes`. */
export const tileSide = (count: number, bytes: number): number => Math.max(1, Math.floor(Math.sqrt(bytes / (4 * TILES * count))));

/** What a tile of `count` Gaussian kernels takes while it is made, of blocks of `side` samples: it, and each step on the way from products to it. */
export const tileBytes = (count: number, side: number): number => 4 * (TILES + 1) * count * side ** 2;

/** Of each class 1 / its samples for pairs of them, else 0. @param labels by block */
export function classKernels(labels: readonly Int32Array[], classes: number, hold: Hold): Kernels {
  const counts = new Int32Array(classes);
  for (const block of labels) for (const label of block) counts[label]!++;
  const members = membersOf(labels, classes, (label) => 1 / Math.sqrt(counts[label]!)).map(hold);
  return { count: classes, blocks: sizesOf(labels), tile: (i, j) => tf.matMul(members[i]!, members[j]!, false, true) };
}

/** One kernel: 1 / the samples of a class for pairs of that class, 0 for pairs of two classes. @param labels by block */
export function sameClassKernel(labels: readonly Int32Array[], classes: number, hold: Hold): Kernels {
  const byClass = classKernels(labels, classes, hold);
  return { ...byClass, count: 1, tile: (i, j) => tf.tidy(() => tf.sum(byClass.tile(i, j), 0, true)) };
}

/** Of each class one kernel: the given one for pairs of which at least one sample is of the class, else 0. @param labels by block */
export function touchingKernels(kernel: Kernels, labels: readonly Int32Array[], classes: number, hold: Hold): Kernels {
  const members = membersOf(labels, classes, () => 1).map(hold);
  return {
    count: classes,
    blocks: kernel.blocks,
    tile: (i, j) => tf.tidy(() => tf.mul(kernel.tile(i, j), tf.maximum(members[i]!, tf.transpose(members[j]!, [0, 2, 1])))),
  };
}

/** By block, for each class what its samples have, and 0 for others: [classes, samples, 1]. */
function membersOf(labels: readonly Int32Array[], classes: number, value: (label: number) => number): tf.Tensor[] {
  return labels.map((block) => {
    const members = new Float32Array(classes * block.length);
    block.forEach((label, s) => (members[label * block.length + s] = value(label)));
    return tf.tensor(members, [classes, block.length, 1]);
  });
}

/** The kernels less the means of their rows and columns, plus the mean of all pairs: H K H with H = I - 1/n. */
export async function centred(kernels: Kernels, hold: Hold, pause: Pause): Promise<Kernels> {
  const { count, blocks } = kernels;
  const samples = blocks.reduce((a, b) => a + b, 0);
  const means = blocks.map((size) => new Float64Array(count * size));
  await overTiles(blocks, pause, (i, j) => {
    const tile = kernels.tile(i, j);
    addTo(means[i]!, tf.sum(tile, 2), 1 / samples);
    if (i !== j) addTo(means[j]!, tf.sum(tile, 1), 1 / samples);
  });
  for (let c = 0; c < count; c++) {
    const own = blocks.map((size, b) => means[b]!.subarray(c * size, (c + 1) * size));
    // Half of the mean of all pairs comes back with the row, half with the column.
    const half = own.reduce((total, part) => part.reduce((a, b) => a + b, total), 0) / samples / 2;
    for (const part of own) part.forEach((mean, s) => (part[s] = mean - half));
  }
  const rows = blocks.map((size, b) => hold(tf.tensor(Float32Array.from(means[b]!), [count, size, 1])));
  const columns = rows.map((mean, b) => hold(tf.reshape(mean, [count, 1, blocks[b]!])));
  return { count, blocks, tile: (i, j) => tf.tidy(() => tf.sub(tf.sub(kernels.tile(i, j), rows[i]!), columns[j]!)) };
}

/** Mean square of a centred kernel below which it is rounding. Of one that sets a single sample of 4,096 apart it is about 1e-4. */
const NOTHING = 1e-10;

/** The lasso problem of centred kernels, each scaled to length 1 over all pairs; zero where a kernel is constant. */
export async function lassoProblem(channels: Kernels, responses: Kernels, pause: Pause): Promise<LassoProblem> {
  const [d, c] = [channels.count, responses.count];
  const gram = new Float64Array(d * d);
  const correlation = new Float64Array(d * c);
  const squares = new Float64Array(c);
  await overTiles(channels.blocks, pause, (i, j) => {
    // The pairs the other way round have the same values.
    const times = i === j ? 1 : 2;
    const x = tf.reshape(channels.tile(i, j), [d, -1]);
    const y = tf.reshape(responses.tile(i, j), [c, -1]);
    addTo(gram, matMul(x, x, 'nt'), times);
    addTo(correlation, matMul(x, y, 'nt'), times);
    addTo(squares, tf.sum(tf.square(y), 1), times);
  });
  const samples = channels.blocks.reduce((a, b) => a + b, 0);
  const inverse = (square: number) => (square > NOTHING * samples ** 2 ? 1 / Math.sqrt(square) : 0);
  const x = Float64Array.from({ length: d }, (_, k) => inverse(gram[k * d + k]!));
  const y = squares.map(inverse);
  for (let k = 0; k < d; k++) {
    for (let l = 0; l < k; l++) gram[k * d + l] = gram[l * d + k] = gram[k * d + l]! * x[k]! * x[l]!;
    gram[k * d + k] = x[k] === 0 ? 0 : 1;
    for (let r = 0; r < c; r++) correlation[k * c + r]! *= x[k]! * y[r]!;
  }
  return { channels: d, responses: c, gram, correlation, energy: y.filter((scale) => scale > 0).length };
}

/** Each pair of blocks once. */
async function overTiles(blocks: readonly number[], pause: Pause, use: (i: number, j: number) => void): Promise<void> {
  for (let i = 0; i < blocks.length; i++) {
    for (let j = i; j < blocks.length; j++) {
      tf.tidy(() => use(i, j));
      await pause();
    }
  }
}

/** Sums go on in float64 from tile to tile. */
function addTo(sums: Float64Array, part: tf.Tensor, times: number): void {
  const values = part.dataSync<'float32'>();
  for (let i = 0; i < sums.length; i++) sums[i]! += times * values[i]!;
}

const sizesOf = (labels: readonly Int32Array[]): number[] => labels.map(({ length }) => length);
