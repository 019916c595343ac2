/**
 * One split of a data set as the network reads it: float32 tensors of normalised samples, a batch at a time. A small set of rows stays on the
 * kernels' side whole, and they gather from it; of others the bytes are kept, a quarter of that, and a batch is made when it is asked for.
 */
import * as tf from '@tensorflow/tfjs';
import { cropFlip, drawCropFlip } from '../data/augment';
import type { Dataset, Normalise, Split } from '../data/dataset';
import { gatherRows } from '../kernels/ops';
import type { InputNode } from '../nn/graph';
import type { Rng } from '../random';

/** As float32. MNIST's training images are 188 MB. */
const RESIDENT_BYTES = 256 * 1e6;

/** Bytes with which a split stays with the kernels whole; 0 where batches are made as they are asked for. @param features numbers that are read of a sample */
export function residentBytes(input: InputNode, augment: Dataset['augment'], count: number, features: number): number {
  const bytes = 4 * count * features;
  return input.flat && augment === 'none' && bytes <= RESIDENT_BYTES ? bytes : 0;
}

/** Tensors belong to the current tidy scope: [n, features], or [n, height, width, channels] where the network reads images. */
export interface Samples {
  count: number;
  labels: Int32Array;
  /** The samples `rows`, in that order; varied by numbers of `augment` where the data set says so. */
  batch(rows: Int32Array, augment?: Rng): tf.Tensor;
  /** The samples from `from` up to, not with, `to`, as they are. */
  range(from: number, to: number): tf.Tensor;
  /** Labels [n] int32. */
  labelsOf(rows: Int32Array): tf.Tensor1D;
  dispose(): void;
}

/** @param kept positions of the numbers that the network reads, in a whole sample [height, width, channels]; all where absent */
export function toSamples(
  split: Split,
  dataset: Pick<Dataset, 'image' | 'normalise' | 'augment'>,
  input: InputNode,
  kept?: Int32Array,
): Samples {
  const { pixels, count } = split;
  const whole = pixels.length / count;
  const features = kept?.length ?? whole;
  const sample = input.flat || !input.image ? [features] : [...input.image];
  const labels = Int32Array.from(split.labels);
  const write = writer(normaliser(pixels, dataset.normalise), whole, kept);
  const labelsOf = (rows: Int32Array) =>
    tf.tensor1d(
      Int32Array.from(rows, (row) => labels[row]!),
      'int32',
    );
  // A new array for each tensor: the addon does not copy what it is given.
  const tensorOf = (values: Float32Array, n: number) => tf.tensor(values, [n, ...sample], 'float32');

  if (residentBytes(input, dataset.augment, count, features) > 0) {
    const values = new Float32Array(count * features);
    write(pixels, 0, values, 0, count);
    const whole = tf.keep(tensorOf(values, count));
    return {
      count,
      labels,
      labelsOf,
      batch: (rows) => gatherRows(whole, tf.tensor1d(rows, 'int32')),
      range: (from, to) => tf.slice(whole, [from, 0], [to - from, features]),
      dispose: () => whole.dispose(),
    };
  }

  const varied = pixels instanceof Uint8Array ? new Uint8Array(whole) : new Float32Array(whole);
  return {
    count,
    labels,
    labelsOf,
    batch: (rows, augment) => {
      const values = new Float32Array(rows.length * features);
      for (let i = 0; i < rows.length; i++) {
        if (augment && dataset.augment === 'crop-flip') {
          cropFlip(pixels, rows[i]! * whole, dataset.image, drawCropFlip(augment, dataset.image), varied, 0);
          write(varied, 0, values, i, 1);
        } else {
          write(pixels, rows[i]!, values, i, 1);
        }
      }
      return tensorOf(values, rows.length);
    },
    range: (from, to) => {
      const values = new Float32Array((to - from) * features);
      write(pixels, from, values, 0, to - from);
      return tensorOf(values, to - from);
    },
    dispose: () => undefined,
  };
}

/** Writes `count` samples, the first of them sample `at` of `from`, as samples from `toAt` on of `to`. */
type Writer = (from: Split['pixels'], at: number, to: Float32Array, toAt: number, count: number) => void;

/** @param whole numbers of a sample, of which those at `kept` are written */
function writer(normalise: Normaliser, whole: number, kept: Int32Array | undefined): Writer {
  if (!kept) return (from, at, to, toAt, count) => normalise(from, at * whole, to, toAt * whole, count * whole);
  const one = new Float32Array(whole);
  return (from, at, to, toAt, count) => {
    for (let i = 0; i < count; i++) {
      normalise(from, (at + i) * whole, one, 0, whole);
      const row = (toAt + i) * kept.length;
      for (let n = 0; n < kept.length; n++) to[row + n] = one[kept[n]!]!;
    }
  };
}

/** Writes `length` values from `from[at...]`, which begin a pixel, to `to[toAt...]`. */
type Normaliser = (from: Split['pixels'], at: number, to: Float32Array, toAt: number, length: number) => void;

function normaliser(pixels: Split['pixels'], { mean, std }: Normalise): Normaliser {
  const means = typeof mean === 'number' ? [mean] : [...mean];
  const stds = typeof std === 'number' ? [std] : [...std];
  const channels = means.length;
  if (pixels instanceof Float32Array) {
    return (from, at, to, toAt, length) => {
      for (let i = 0; i < length; i++) to[toAt + i] = (from[at + i]! - means[i % channels]!) / stds[i % channels]!;
    };
  }
  const tables = means.map((m, c) => Float32Array.from({ length: 256 }, (_, p) => (p / 255 - m) / stds[c]!));
  if (channels === 3) {
    const [red, green, blue] = tables as [Float32Array, Float32Array, Float32Array];
    // A pixel a turn: the usual images, and all the work there is between two batches.
    return (from, at, to, toAt, length) => {
      for (let i = 0; i < length; i += 3) {
        to[toAt + i] = red[from[at + i]!]!;
        to[toAt + i + 1] = green[from[at + i + 1]!]!;
        to[toAt + i + 2] = blue[from[at + i + 2]!]!;
      }
    };
  }
  return (from, at, to, toAt, length) => {
    tables.forEach((table, c) => {
      for (let i = c; i < length; i += channels) to[toAt + i] = table[from[at + i]!]!;
    });
  };
}
