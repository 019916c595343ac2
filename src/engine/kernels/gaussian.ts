/** Gaussian kernels over pairs of samples: one for each channel of a layer, of the channel's map. */
import * as tf from '@tensorflow/tfjs';
import { kthLargest } from '../prune/best';
import type { Hold } from './holding';
import type { Kernels } from './kernelMatrices';
import { relu } from './ops';

/** Deviation of a channel's map, against its root mean square, below which it is rounding. */
const CONSTANT = 1e-5;
/** A squared distance below this share of the squared norms is rounding, and counts as none. */
const SAME = 2e-6;
/** So many pairs of samples, about, give a channel's median distance. */
const PAIRS = 8192;

/**
 * Kernels exp(-||x - x'||² / 2σ²), σ of each channel the median distance of samples, of those that differ: a channel that is silent for most
 * samples, as one that fires for a single class, would have a median of 0. The kernel of a channel that is constant is 1 for every pair.
 *
 * @param maps a block of samples each: [channels, samples, positions]; they stay the caller's, and the kernels do without them
 */
export function gaussianKernels(maps: readonly tf.Tensor[], hold: Hold): Kernels {
  const [x, norms] = tf.tidy((): [tf.Tensor[], tf.Tensor[]] => {
    const centre = tf.div(sum(maps.map((map) => tf.sum(map, 1, true))), samplesOf(maps));
    // Without what all samples have in common, large values do not cancel in the distances.
    const centred = (map: tf.Tensor) => tf.sub(map, centre);
    const constant = constantChannels(maps, centred);
    const scales = medianSquares(maps, centred).map((square, c) => (constant[c] || square === 0 ? 0 : 1 / Math.sqrt(square)));
    const scale = tf.tensor(Float32Array.from(scales), [scales.length, 1, 1]);
    const scaled = maps.map((map) => tf.tidy(() => tf.mul(centred(map), scale)));
    return [scaled, scaled.map(halfNorms)];
  });
  [...x, ...norms].forEach(hold);
  return {
    count: x[0]!.shape[0],
    blocks: x.map(({ shape }) => shape[1]!),
    tile: (i, j) => tf.tidy(() => tf.exp(tf.neg(halfSquares(x[i]!, x[j]!, norms[i]!, norms[j]!)))),
  };
}

function constantChannels(maps: readonly tf.Tensor[], centred: (map: tf.Tensor) => tf.Tensor): boolean[] {
  const energy = (of: (map: tf.Tensor) => tf.Tensor) =>
    sum(maps.map((map) => tf.tidy(() => tf.sum(tf.square(of(map)), [1, 2])))).dataSync<'float32'>();
  const around = energy(centred);
  return Array.from(
    energy((map) => map),
    (whole, c) => around[c]! <= CONSTANT ** 2 * whole,
  );
}

/**
 * Of each channel the median of ||x - x'||² over pairs of every sample with some, 8 to 32, that lie evenly among them; of the pairs that
 * differ, and 0 where none does.
 */
function medianSquares(maps: readonly tf.Tensor[], centred: (map: tf.Tensor) => tf.Tensor): number[] {
  const channels = maps[0]!.shape[0];
  const samples = samplesOf(maps);
  const wanted = anchorsOf(samples);
  const anchors = centred(evenly(maps, wanted));
  const anchorNorms = halfNorms(anchors);
  const squares = new Float32Array(channels * samples * wanted);
  let from = 0;
  for (const map of maps) {
    const pairs = map.shape[1]! * wanted;
    const tile = tf.tidy(() => {
      const x = centred(map);
      return halfSquares(x, anchors, halfNorms(x), anchorNorms);
    });
    const halves = tile.dataSync<'float32'>();
    tile.dispose();
    for (let c = 0; c < channels; c++) squares.set(halves.subarray(c * pairs, (c + 1) * pairs), c * samples * wanted + from);
    from += pairs;
  }
  return Array.from({ length: channels }, (_, c) => {
    const differing = Float64Array.from(squares.subarray(c * samples * wanted, (c + 1) * samples * wanted).filter((square) => square > 0));
    return differing.length > 0 ? 2 * kthLargest([differing], Math.ceil(differing.length / 2)).value : 0;
  });
}

/** With how many of the samples each is compared for the median. */
const anchorsOf = (samples: number): number => Math.min(samples, 32, Math.max(8, Math.round(PAIRS / samples)));

/** Bytes of the distances that the medians are taken of: with the kernels, as they are read, and side by side. */
export const medianBytes = (channels: number, samples: number): number => 3 * 4 * channels * samples * anchorsOf(samples);

/** `wanted` of the samples: [channels, wanted, positions]. */
function evenly(maps: readonly tf.Tensor[], wanted: number): tf.Tensor {
  const samples = samplesOf(maps);
  const rows = Array.from({ length: wanted }, (_, i) => Math.floor((i * samples) / wanted));
  let from = 0;
  const parts = maps.flatMap((map) => {
    const own = rows.map((row) => row - from).filter((row) => row >= 0 && row < map.shape[1]!);
    from += map.shape[1]!;
    return own.length > 0 ? [tf.gather(map, tf.tensor1d(own, 'int32'), 1)] : [];
  });
  return tf.concat(parts, 1);
}

/** ||x - y||² / 2 of x [channels, a, positions] and y [channels, b, positions], given their `halfNorms`: [channels, a, b]. */
function halfSquares(x: tf.Tensor, y: tf.Tensor, xNorms: tf.Tensor, yNorms: tf.Tensor): tf.Tensor {
  const norms = tf.add(xNorms, tf.reshape(yNorms, [y.shape[0], 1, y.shape[1]!]));
  return relu(tf.sub(norms, tf.matMul(x, y, false, true)));
}

/** ||x||² / 2 of each row of x [channels, samples, positions], less what may be rounding: [channels, samples, 1]. */
const halfNorms = (x: tf.Tensor): tf.Tensor => tf.tidy(() => tf.mul(tf.sum(tf.square(x), 2, true), (1 - SAME) / 2));

const sum = (parts: tf.Tensor[]): tf.Tensor => parts.reduce((a, b) => tf.add(a, b));

const samplesOf = (maps: readonly tf.Tensor[]): number => maps.reduce((total, { shape }) => total + shape[1]!, 0);
